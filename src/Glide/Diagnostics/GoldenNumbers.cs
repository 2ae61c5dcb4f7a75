using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Glide.Images;
using Glide.Models.UNet;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tokenizers;
using static TorchSharp.torch;

namespace Glide.Diagnostics;

// models/mini/golden.json, shortened:
//   { "source": "The original implementation ...",
//     "tokens": [{ "prompt": "an oil painting of a corgi", "ids": [272, ...] }],
//     "schedules": [{ "name": "linear", "steps": 1000, "sum_betas": 10.05, "sum_alphas_cumprod": 275.5 }],
//     "plans": [{ "plan": "fast27", "timesteps": [0, ...] }],
//     "random": { "seed": 7, "shape": [2, 3, 8, 8], "first": [...], "last": [...] },
//     "image": { "prompt": "...", "seed": 8, ..., "base": "<base64 of RGB>", "stride": 8,
//                "image": "<of every 8th pixel>" },
//     "clip": { "prompts": [...], "cosines": [...] } }

/// <summary>
/// Numbers of the original implementation that an installation must find again, beside a set's <c>model.json</c>.
/// </summary>
internal sealed record GoldenNumbers
{
    public const string FileName = "golden.json";

    public required string Source { get; init; }

    public required IReadOnlyList<GoldenTokens> Tokens { get; init; }

    /// <summary>Sums over noise schedules.</summary>
    public required IReadOnlyList<GoldenSchedule> Schedules { get; init; }

    /// <summary>Step plans of 1000 steps.</summary>
    public required IReadOnlyList<GoldenPlan> Plans { get; init; }

    public required GoldenRandom Random { get; init; }

    /// <summary>A run of both stages.</summary>
    public required GoldenImage Image { get; init; }

    /// <summary>CLIP's scores of that run's base image; <c>null</c> for sets without CLIP.</summary>
    public GoldenScores? Clip { get; init; }

    /// <summary>Reads a set's numbers; <c>null</c> where it has none.</summary>
    /// <exception cref="CheckpointException">The file is damaged.</exception>
    public static GoldenNumbers? Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), GoldenJson.Default.GoldenNumbers);
        }
        catch (JsonException exception)
        {
            throw new CheckpointException($"'{path}' is damaged; {exception.Message}; get the file again", exception);
        }
    }
}

/// <summary>A prompt and the ids that the tokenizer gives it.</summary>
internal sealed record GoldenTokens(string Prompt, IReadOnlyList<int> Ids);

/// <summary>A noise schedule by its sums over β and ᾱ.</summary>
internal sealed record GoldenSchedule(string Name, int Steps, double SumBetas, double SumAlphasCumprod);

/// <summary>A plan and the steps of 1000 that it keeps.</summary>
internal sealed record GoldenPlan(string Plan, IReadOnlyList<int> Timesteps);

/// <summary>The first and the last of as many normal numbers as a shape holds.</summary>
internal sealed record GoldenRandom(long Seed,
    IReadOnlyList<long> Shape, IReadOnlyList<float> First, IReadOnlyList<float> Last);

/// <summary>
/// A run: settings, the base image's bytes and every so many-th pixel of the enlarged one in both directions.
/// </summary>
internal sealed record GoldenImage(
    string Prompt, long Seed, double GuidanceScale, string Steps, string Sampler, string UpsampleSteps,
        string UpsampleSampler, double UpsampleTemperature,
    byte[] Base, int Stride, byte[] Image);

/// <summary>CLIP's cosines of one image with some prompts.</summary>
internal sealed record GoldenScores(IReadOnlyList<string> Prompts, IReadOnlyList<double> Cosines);

/// <summary>Serializers made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(GoldenNumbers))]
internal sealed partial class GoldenJson : JsonSerializerContext;

/// <summary>One pass of a single network, to see that its weights load and give finite numbers.</summary>
internal static class ForwardPass
{
    private const string Prompt = "a red circle";
    private const long Timestep = 500;

    /// <summary>Loads a network, asks it once and says what it is.</summary>
    /// <exception cref="CheckpointException">Its weights are refused.</exception>
    /// <exception cref="NumericsException">It gave numbers that are not finite.</exception>
    public static string Of(ModelSet set, string network, TorchRuntime runtime)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return set.Network(network).UNet is null ? OfClip(set, runtime) : OfUNet(set, network, runtime);
    }

    private static string OfUNet(ModelSet set, string name, TorchRuntime runtime)
    {
        using var pool = new ModelCache(set, runtime);
        var network = pool.Get(name);
        int size = network.Config.ImageSize;
        using var noise = new Diffusion.NoiseSource([0], [3, size, size], drawsPerImage: 1, runtime.Device);
        var x = noise.Draw();                                                                  // [1, 3, S, S]
        var lowRes = network.Config.Upsample ? zeros([1, 3, size / 4, size / 4], device: runtime.Device) : null;
        using var text = new PromptEncoder(GlideTokenizer.Load(), warn: null).Encode(network, [Prompt]);
        var output = network.call(new UNetInput(x, lowRes), tensor([(float)Timestep], device: runtime.Device), text);
        long count = output.numel();
        long finite = output.isfinite().sum().item<long>();
        if (finite < count)
        {
            throw new NumericsException(
                $"network '{name}' of model set '{set.Name}' gave {count - finite} numbers of {count} that are not "
                    + $"finite; try --dtype fp32, or get its weights again");
        }
        return string.Create(CultureInfo.InvariantCulture,
            $"{network.parameters().Sum(parameter => parameter.numel()) / 1e6:0} million parameters; {size}×{size}; "
                + $"finite");
    }

    // Both encoders serve one score.
    private static string OfClip(ModelSet set, TorchRuntime runtime)
    {
        foreach (string name in ClipModel.Networks)
        {
            if (set.FindWeights(name) is null)
                return "its partner is not on this machine";
        }
        using var judge = ClipModel.Load(set, runtime);
        double score = judge.Scores([new RgbImage(8, 8)], [Prompt])[0][0];
        return double.IsFinite(score)
            ? string.Create(CultureInfo.InvariantCulture, $"scores a black image {score:0.00}")
            : throw new NumericsException(
                $"CLIP of model set '{set.Name}' gave a score that is not finite; get its weights again");
    }
}
