using System.Text.Json.Nodes;
using Glide.Checkpoints;
using Glide.Models;
using Glide.Models.UNet;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Diagnostics;

/// <summary>
/// A model set's networks with weights from the formula, in files of a temporary folder that goes with this object.
/// </summary>
/// <remarks>
/// As many bytes as the published weights, so that loading takes as long: speed does not depend on what the numbers
/// are.
/// </remarks>
internal sealed class SyntheticModels : IDisposable
{
    private readonly ModelSet _models;

    /// <summary>Makes an empty folder.</summary>
    public SyntheticModels(ModelSet models)
    {
        Libtorch.Load();
        string folder = Directory.CreateTempSubdirectory("glide-bench-").FullName;
        var networks = models.Networks.ToDictionary(
            network => network.Key,
            network => network.Value with
            {
                Weights =
                new ModelFile { File = network.Key.Replace('/', '-') + ".safetensors" }
            });
        _models = models with { Folder = folder, DefinitionFolder = folder, Networks = networks };
    }

    /// <summary>The set, with the weights of <paramref name="network"/> in their place.</summary>
    /// <exception cref="ResourceException">The temporary folder has no room.</exception>
    public ModelSet With(string network)
    {
        if (_models.FindWeights(network) is null && _models.Network(network).UNet is { } settings)
            Write(Path.Combine(_models.Folder, _models.Network(network).Weights.File), settings, ElementType.Float32);
        return _models;
    }

    /// <summary>
    /// Writes a model set of its own: both networks of a set's recipe for samples, as converted weights would be.
    /// </summary>
    /// <param name="models">Gives sizes and recipe.</param>
    /// <param name="folder">Is made if it is not there; what has the same names in it is replaced.</param>
    /// <param name="type">Of the weights.</param>
    /// <exception cref="ResourceException">There is no room.</exception>
    public static void Write(ModelSet models, string folder, ElementType type)
    {
        Libtorch.Load();
        Directory.CreateDirectory(folder);
        var definition = JsonNode.Parse(File.ReadAllText(
            Path.Combine(models.DefinitionFolder, ModelSet.FileName)))!.AsObject();
        var known = definition["networks"]!.AsObject();
        var networks = new JsonObject();
        var recipe = Recipe.For(models, "sample");
        foreach (string network in recipe.Networks)
        {
            string file = network.Replace('/', '-') + ".safetensors";
            Write(Path.Combine(folder, file), models.Network(network).UNet!, type);
            networks[network] = new JsonObject
            {
                ["weights"] = new JsonObject { ["file"] = file },
                ["unet"] = known[network]!["unet"]!.DeepClone()
            };
        }
        definition["name"] = "formula";
        definition["networks"] = networks;
        definition["recipes"] = new JsonObject { ["sample"] = definition["recipes"]!["sample"]!.DeepClone() };
        File.WriteAllText(Path.Combine(folder, ModelSet.FileName), definition.ToJsonString());
    }

    public void Dispose()
    {
        if (Directory.Exists(_models.Folder))
            Directory.Delete(_models.Folder, recursive: true);
    }

    private static void Write(string path, UNetConfig config, ElementType type)
    {
        using var shapes = new UNetModel(config, Precision.Float32, META);
        var tensors = shapes.named_parameters()
            .Select(parameter => (parameter.name, type, parameter.parameter.shape,
                WriterOf(parameter.name, parameter.parameter.shape, type)));
        SafetensorsWriter.Write(path, tensors, metadata: null);
    }

    private static Action<Stream> WriterOf(string name, long[] shape, ElementType type) => stream =>
    {
        using var numbers = SyntheticWeights.Of(name, shape);
        byte[] converted = new byte[numbers.numel() * type.Size()];
        ElementConversion.Convert(ElementType.Float32, numbers.bytes, type, converted);
        stream.Write(converted);
    };
}
