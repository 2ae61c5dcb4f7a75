using Glide.Checkpoints;
using Glide.Models;
using Glide.Models.UNet;
using Glide.ModelStore;
using static TorchSharp.torch;

namespace Glide.Pipelines.Benchmarks;

/// <summary>A model set's networks with weights from the formula, in files of a temporary folder that goes with this object.</summary>
/// <remarks>As many bytes as the published weights, so that loading takes as long: speed does not depend on what the numbers are.</remarks>
internal sealed class FormulaModels : IDisposable
{
    private readonly ModelSet _models;

    /// <summary>Makes an empty folder.</summary>
    /// <param name="models">Gives names and sizes.</param>
    public FormulaModels(ModelSet models)
    {
        string folder = Directory.CreateTempSubdirectory("glide-bench-").FullName;
        var networks = models.Networks.ToDictionary(
            network => network.Key,
            network => network.Value with { Weights = new ModelFile { File = network.Key.Replace('/', '-') + ".safetensors" } });
        _models = models with { Folder = folder, DefinitionFolder = folder, Networks = networks };
    }

    /// <summary>The set, with the weights of <paramref name="network"/> in their place.</summary>
    /// <exception cref="ResourceException">The temporary folder has no room.</exception>
    public ModelSet With(string network)
    {
        if (_models.FindWeights(network) is null && _models.Network(network).UNet is { } settings)
            Write(Path.Combine(_models.Folder, _models.Network(network).Weights.File), UNetConfig.From(settings));
        return _models;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Directory.Exists(_models.Folder))
            Directory.Delete(_models.Folder, recursive: true);
    }

    private static void Write(string path, UNetConfig config)
    {
        using var shapes = new UNetModel(config, Precision.Float32, META);
        var tensors = shapes.named_parameters()
            .Select(parameter => (parameter.name, ElementType.Float32, parameter.parameter.shape, WriterOf(parameter.name, parameter.parameter.shape)));
        SafetensorsWriter.Write(path, tensors, metadata: null);
    }

    private static Action<Stream> WriterOf(string name, long[] shape) => stream =>
    {
        using var numbers = FormulaWeights.Of(name, shape);
        stream.Write(numbers.bytes);
    };
}
