using System.Text.Json;
using Glide.Diffusion;
using Glide.Images;
using Glide.Models;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>The noise that an image comes from: x of the step that sampling begins with.</summary>
/// <param name="Record">How it was found.</param>
/// <param name="Values">[3, S, S] row by row, S = <see cref="NoiseRecord.Size"/>; about standard normal.</param>
internal sealed record InvertedNoise(NoiseRecord Record, float[] Values)
{
    // [1, 3, S, S] on the CPU; the caller disposes it.
    internal Tensor ToTensor() => tensor(Values, [1, 3, Record.Size, Record.Size]);

    /// <summary>
    /// The noise a part of the way from this one to another, on the sphere; its record is this one's.
    /// </summary>
    /// <param name="other">Of the same size.</param>
    /// <param name="amount">0 gives this one, 1 the other.</param>
    internal InvertedNoise Towards(InvertedNoise other, double amount)
    {
        using var scope = NewDisposeScope();
        return this with
        {
            Values = Slerp.Of(ToTensor(), other.ToTensor(), amount).contiguous().data<float>()
            .ToArray()
        };
    }
}

/// <summary>How inverted noise was found: everything that leads back from it to its image.</summary>
internal sealed record NoiseRecord
{
    private const string PromptKey = "prompt";
    private const string ModelKey = "model";
    private const string SoftwareKey = "software";
    private const string SettingsKey = "glide";

    /// <summary>The prompt that the image was taken to show.</summary>
    public required string Prompt { get; init; }

    /// <summary>What stood in place of the empty prompt.</summary>
    public string Negative { get; init; } = "";

    /// <summary>SHA-256 over the image's pixels, its first digits.</summary>
    public required string Image { get; init; }

    /// <summary>Width and height of the image in pixels; what is no square was padded to one.</summary>
    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>Side of the base's images, which the noise has too.</summary>
    public required int Size { get; init; }

    public required string Model { get; init; }

    public required string ModelHash { get; init; }

    public required string Version { get; init; }

    /// <summary>Device, such as <c>cpu</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Number type of the torso.</summary>
    public required string Dtype { get; init; }

    /// <summary>Steps, guidance and all else that the base was inverted with.</summary>
    public required StageRecipe Inversion { get; init; }

    public IReadOnlyDictionary<string, string> ToTexts() => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        [SoftwareKey] = $"glide {Version}",
        [PromptKey] = Prompt,
        [ModelKey] = Model,
        [SettingsKey] = JsonSerializer.Serialize(this, GlideJson.Default.NoiseRecord),
    };

    /// <summary>Reads what <see cref="ToTexts"/> wrote; <c>null</c> where it is missing or not ours.</summary>
    public static NoiseRecord? FromTexts(IReadOnlyDictionary<string, string> texts)
    {
        if (!texts.TryGetValue(SettingsKey, out string? json))
            return null;
        return FormerMetadata.Read(json, GlideJson.Default.NoiseRecord);
    }

    public string ToJsonLine(string path, double seconds) =>
        JsonSerializer.Serialize(new NoiseLine(path, Prompt, Size, Math.Round(seconds, 3), this),
            GlideJson.Default.NoiseLine);
}

/// <summary>The line that <c>--json</c> prints for inverted noise.</summary>
internal sealed record NoiseLine(string Path, string Prompt, int Size, double Seconds, NoiseRecord Settings);

/// <summary>Finds the noise that images come from, batch by batch.</summary>
internal sealed class InversionRun(RunContext context, StageRecipe recipe, RunOptions options)
{
    /// <summary>Inverts the images that requests start from, in their order.</summary>
    public IReadOnlyList<InvertedNoise> Find(IReadOnlyList<ImageRequest> requests)
    {
        var settings = context.Networks.SettingsOf(recipe.Network);
        string hash = context.Hashes.Of(Recipe.Of(recipe));
        int batch = options.BatchSize ?? BatchSizes.Choose(context.Networks, recipe, context.Runtime, further: 0);
        var noises = new List<InvertedNoise>();
        foreach (var chunk in requests.Chunk(batch))
        {
            float[][] values = Invert(chunk, settings, first: noises.Count, total: requests.Count);
            noises.AddRange(chunk.Zip(values, (request, found) =>
                new InvertedNoise(RecordOf(request, settings.ImageSize, hash), found)));
        }
        return noises;
    }

    private float[][] Invert(ImageRequest[] requests, UNetConfig settings, int first, int total)
    {
        using var scope = NewDisposeScope();
        var stage = new Stage(context.Networks.Get(recipe.Network), recipe, context.Prompts);
        var rows = InitImageInputs.AddStart(
            StageInputs.Of(requests, composes: false),
            [.. requests.Select(request => request with { Start = SquareSource.Pad(request.Start!) })],
                ImageSize.Of(settings), context.Runtime.Device);
        var progress = new ImmediateProgress<SamplingProgress>(step =>
            options.Progress?.Report(new GenerationProgress("invert", step.Done, step.Total, first, requests.Length, 0,
                total)));
        var x = stage.Invert(rows, new StepCallbacks { Progress = progress, Cancellation = options.Cancellation });
        float[][] values = [.. Enumerable.Range(0, requests.Length)
            .Select(row => x.select(0, row).cpu().contiguous().data<float>().ToArray())];
        if (values.Any(row => row.Any(value => !float.IsFinite(value))))
        {
            throw new NumericsException(
                "the network gave numbers that are not finite (NaN or infinite) on the way to the noise; try --dtype "
                    + "fp32, or check that the weights fit the model.");
        }
        return values;
    }

    private NoiseRecord RecordOf(ImageRequest request, int size, string hash) => new()
    {
        Prompt = request.Prompt,
        Negative = request.Negative,
        Image = InitImage.HashOf(request.Start!),
        Width = request.Start!.Width,
        Height = request.Start.Height,
        Size = size,
        Model = context.Models.Name,
        ModelHash = hash,
        Version = ImageMetadata.LibraryVersion,
        Device = context.Runtime.DeviceName,
        Dtype = context.Runtime.Precision.Name,
        Inversion = recipe,
    };
}
