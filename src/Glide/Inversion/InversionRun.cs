using System.Globalization;
using Glide.Diffusion;
using Glide.Editing;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Inversion;

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

/// <summary>Pictures from latents: what sampling them, varying, interpolating and restyling have in common.</summary>
internal static class LatentPictures
{
    /// <summary>Makes the pictures; what was no square is cropped to its own shape again.</summary>
    /// <param name="pipeline">Makes them.</param>
    /// <param name="recipe">How.</param>
    /// <param name="requests">Each with a latent.</param>
    /// <param name="edits">What each was made from.</param>
    /// <param name="options">Gets the pictures.</param>
    /// <exception cref="UsageException">The sampler draws noise, or a latent is another model's.</exception>
    public static void Make(GlidePipeline pipeline, Recipe recipe, IReadOnlyList<PictureRequest> requests, IReadOnlyList<EditRecord> edits, RunOptions options)
    {
        Check(pipeline, recipe, requests.Select(request => request.Latent!.Record));
        int number = 0;
        pipeline.Run(requests, recipe, options with
        {
            Finished = drawn =>
            {
                var record = requests[number].Latent!.Record;
                var cropped = SquareSource.Unpad(drawn.Image, record.Width, record.Height);
                options.Finished(drawn with
                {
                    Image = cropped,
                    Record = drawn.Record with { Width = cropped.Width, Height = cropped.Height, Edit = edits[number] },
                });
                number++;
            },
        });
    }

    /// <summary>Refuses what no picture can be made from.</summary>
    /// <exception cref="UsageException">The sampler draws noise, or a latent is another model's.</exception>
    public static void Check(GlidePipeline pipeline, Recipe recipe, IEnumerable<LatentRecord> latents)
    {
        PicturePath.Require(recipe.Base);
        foreach (var latent in latents.Distinct())
            CheckModel(pipeline, recipe, latent);
    }

    private static void CheckModel(GlidePipeline pipeline, Recipe recipe, LatentRecord latent)
    {
        var settings = pipeline.SettingsOf(new Recipe { Base = recipe.Base with { ClipScale = null } });
        int size = pipeline.SizeOf(recipe.Base);
        if (latent.Size != size)
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                $"the latent is {latent.Size}×{latent.Size}, model set '{settings.Model}' draws {size}×{size}; it was made with '{latent.Model}'; choose that with --model, or invert the picture again"));
        }
        if (latent.ModelHash != settings.ModelHash)
        {
            throw new UsageException(
                $"the latent is of another model; it was made with '{latent.Model}' ({latent.ModelHash}), the base of '{settings.Model}' is {settings.ModelHash}; choose the first with --model, or invert the picture again");
        }
    }
}

/// <summary>The noise that requests bring along, as what a stage starts from.</summary>
internal static class LatentRows
{
    /// <summary>Adds it to the rows; the tensors are the caller's scope's.</summary>
    /// <param name="rows">Prompts and all else.</param>
    /// <param name="requests">The same pictures: all with a latent, or none.</param>
    /// <param name="device">Where the network is.</param>
    public static StageRows Add(StageRows rows, IReadOnlyList<PictureRequest> requests, Device device)
    {
        if (requests[0].Latent is null)
            return rows;
        using var scope = NewDisposeScope();
        return rows with
        {
            Latent = cat(requests.Select(request => request.Latent!.ToTensor()).ToArray(), dim: 0).to(device).MoveToOuterDisposeScope(),
            Fresh = [.. requests.Select(request => request.Fresh)],
        };
    }

    /// <summary>x of the first step.</summary>
    /// <param name="latent">[N, 3, S, S].</param>
    /// <param name="noise">The first draw, of the same shape.</param>
    /// <param name="fresh">How much of the way is gone from one to the other, one number a picture.</param>
    public static Tensor Begin(Tensor latent, Tensor noise, IReadOnlyList<double> fresh) =>
        cat([.. fresh.Select((amount, row) => SphericalMix.Of(latent.narrow(0, row, 1), noise.narrow(0, row, 1), amount))], dim: 0);
}

/// <summary>Comes back from a latent to its picture, or to what another prompt makes of it.</summary>
/// <param name="pipeline">Makes the pictures; stays the caller's.</param>
/// <param name="recipe">How; its base draws no noise.</param>
public sealed class LatentSampling(GlidePipeline pipeline, Recipe recipe)
{
    /// <summary>Refuses a latent that no picture can be made from with these models and this recipe; loads no network.</summary>
    /// <exception cref="UsageException">The sampler draws noise, or the latent is another model's.</exception>
    public void Check(Latent latent) => LatentPictures.Check(pipeline, recipe, [latent.Record]);

    /// <summary>Makes the pictures.</summary>
    /// <param name="latent">Where all of them start.</param>
    /// <param name="requests">Prompts, and seeds for the second stage.</param>
    /// <param name="options">Gets the pictures.</param>
    /// <exception cref="UsageException">The sampler draws noise, or the latent is another model's.</exception>
    public void Run(Latent latent, IReadOnlyList<PictureRequest> requests, RunOptions options) => LatentPictures.Make(
        pipeline, recipe, [.. requests.Select(request => request with { Latent = latent })],
        [.. requests.Select(_ => new EditRecord(latent.Record.Picture) { Inversion = latent.Record.Inversion })], options);
}
