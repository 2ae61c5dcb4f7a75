using Glide.Diffusion;
using Glide.ModelStore;
using Glide.Pipelines.Editing;
using static TorchSharp.torch;

namespace Glide.Pipelines.Playing;

/// <summary>Finds the noise that pictures come from, batch by batch.</summary>
internal sealed class InversionRun(ModelSet models, ModelHashes hashes, Engine engine, NetworkPool networks, PromptEncoder prompts, StageRecipe recipe, RunOptions options)
{
    /// <summary>Inverts the pictures that requests start from, in their order.</summary>
    public IReadOnlyList<Latent> Find(IReadOnlyList<PictureRequest> requests)
    {
        var settings = networks.SettingsOf(recipe.Network);
        string hash = hashes.Of(new Recipe { Base = recipe });
        int batch = options.BatchSize ?? BatchSizes.Choose(settings, engine);
        var latents = new List<Latent>();
        foreach (var chunk in requests.Chunk(batch))
        {
            float[][] values = Invert(chunk, settings, first: latents.Count, total: requests.Count);
            latents.AddRange(chunk.Zip(values, (request, found) => new Latent(RecordOf(request, settings.ImageSize, hash), found)));
        }
        return latents;
    }

    private float[][] Invert(PictureRequest[] requests, UNetSettings settings, int first, int total)
    {
        using var scope = NewDisposeScope();
        var stage = new Stage(networks.Get(recipe.Network), settings, recipe, prompts);
        var rows = SourceRows.AddStart(
            new StageRows
            {
                Prompts = [.. requests.Select(request => request.Prompt)],
                Negatives = [.. requests.Select(request => request.Negative)],
                Seeds = [.. requests.Select(request => request.Seed)],
            },
            [.. requests.Select(request => request with { Start = SquareSource.Pad(request.Start!) })], settings.ImageSize, engine.Device);
        var progress = new StepReports(step => options.Progress?.Report(new GenerationProgress("invert", step.Done, step.Total, first, requests.Length, 0, total)));
        var x = stage.Invert(rows, progress, options.Cancellation);
        float[][] values = [.. Enumerable.Range(0, requests.Length).Select(row => x.select(0, row).cpu().contiguous().data<float>().ToArray())];
        if (values.Any(row => row.Any(value => !float.IsFinite(value))))
            throw new NumericsException("the network gave numbers that are not finite (NaN or infinite) on the way to the noise; try --dtype fp32, or check that the weights fit the model.");
        return values;
    }

    private LatentRecord RecordOf(PictureRequest request, int size, string hash) => new()
    {
        Prompt = request.Prompt,
        Negative = request.Negative,
        Picture = SourcePicture.HashOf(request.Start!),
        Width = request.Start!.Width,
        Height = request.Start.Height,
        Size = size,
        Model = models.Name,
        ModelHash = hash,
        Version = Installation.LibraryVersion,
        Device = engine.DeviceName,
        Dtype = engine.Precision.Name,
        Inversion = recipe,
    };

    /// <summary>Reports at once and in order.</summary>
    private sealed class StepReports(Action<SamplingProgress> report) : IProgress<SamplingProgress>
    {
        public void Report(SamplingProgress value) => report(value);
    }
}
