using Glide.Diffusion;
using Glide.Images;
using Glide.Models;
using static TorchSharp.torch;

namespace Glide.Pipelines;

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
