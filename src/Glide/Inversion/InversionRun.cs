using System.Globalization;
using Glide.Diffusion;
using Glide.Editing;
using Glide.ModelSets;
using Glide.Models;
using Glide.Pipelines;
using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Inversion;

/// <summary>Finds the noise that images come from, batch by batch.</summary>
internal sealed class InversionRun(ModelSet models, ModelHashes hashes, TorchRuntime runtime, ModelCache networks, PromptEncoder prompts, StageRecipe recipe, RunOptions options)
{
    /// <summary>Inverts the images that requests start from, in their order.</summary>
    public IReadOnlyList<InvertedNoise> Find(IReadOnlyList<ImageRequest> requests)
    {
        var settings = networks.SettingsOf(recipe.Network);
        string hash = hashes.Of(new Recipe { Base = recipe });
        int batch = options.BatchSize ?? BatchSizes.Choose(settings, runtime);
        var noises = new List<InvertedNoise>();
        foreach (var chunk in requests.Chunk(batch))
        {
            float[][] values = Invert(chunk, settings, first: noises.Count, total: requests.Count);
            noises.AddRange(chunk.Zip(values, (request, found) => new InvertedNoise(RecordOf(request, settings.ImageSize, hash), found)));
        }
        return noises;
    }

    private float[][] Invert(ImageRequest[] requests, UNetConfig settings, int first, int total)
    {
        using var scope = NewDisposeScope();
        var stage = new Stage(networks.Get(recipe.Network), settings, recipe, prompts);
        var rows = InitImageInputs.AddStart(
            new StageInputs
            {
                Prompts = [.. requests.Select(request => request.Prompt)],
                Negatives = [.. requests.Select(request => request.Negative)],
                Seeds = [.. requests.Select(request => request.Seed)],
            },
            [.. requests.Select(request => request with { Start = SquareSource.Pad(request.Start!) })], settings.ImageSize, runtime.Device);
        var progress = new StepReports(step => options.Progress?.Report(new GenerationProgress("invert", step.Done, step.Total, first, requests.Length, 0, total)));
        var x = stage.Invert(rows, progress, options.Cancellation);
        float[][] values = [.. Enumerable.Range(0, requests.Length).Select(row => x.select(0, row).cpu().contiguous().data<float>().ToArray())];
        if (values.Any(row => row.Any(value => !float.IsFinite(value))))
            throw new NumericsException("the network gave numbers that are not finite (NaN or infinite) on the way to the noise; try --dtype fp32, or check that the weights fit the model.");
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
        Model = models.Name,
        ModelHash = hash,
        Version = Installation.LibraryVersion,
        Device = runtime.DeviceName,
        Dtype = runtime.Precision.Name,
        Inversion = recipe,
    };

    /// <summary>Reports at once and in order.</summary>
    private sealed class StepReports(Action<SamplingProgress> report) : IProgress<SamplingProgress>
    {
        public void Report(SamplingProgress value) => report(value);
    }
}

/// <summary>Images from inverted noise: what sampling them, varying, interpolating and restyling have in common.</summary>
internal static class InvertedNoiseImages
{
    /// <summary>Makes the images; what was no square is cropped to its own shape again.</summary>
    /// <param name="pipeline">Makes them.</param>
    /// <param name="recipe">How.</param>
    /// <param name="requests">Each with inverted noise.</param>
    /// <param name="edits">What each was made from.</param>
    /// <param name="options">Gets the images.</param>
    /// <exception cref="UsageException">The sampler draws noise, or inverted noise is another model's.</exception>
    public static void Make(GlidePipeline pipeline, Recipe recipe, IReadOnlyList<ImageRequest> requests, IReadOnlyList<EditRecord> edits, RunOptions options)
    {
        Check(pipeline, recipe, requests.Select(request => request.InvertedNoise!.Record));
        int number = 0;
        pipeline.Run(requests, recipe, options with
        {
            Finished = drawn =>
            {
                var record = requests[number].InvertedNoise!.Record;
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

    /// <summary>Refuses what no image can be made from.</summary>
    /// <exception cref="UsageException">The sampler draws noise, or inverted noise is another model's.</exception>
    public static void Check(GlidePipeline pipeline, Recipe recipe, IEnumerable<NoiseRecord> noises)
    {
        DeterministicRecipe.Require(recipe.Base);
        foreach (var noise in noises.Distinct())
            CheckModel(pipeline, recipe, noise);
    }

    private static void CheckModel(GlidePipeline pipeline, Recipe recipe, NoiseRecord noise)
    {
        var settings = pipeline.SettingsOf(new Recipe { Base = recipe.Base with { ClipScale = null } });
        int size = pipeline.SizeOf(recipe.Base);
        if (noise.Size != size)
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                $"the noise is {noise.Size}×{noise.Size}, model set '{settings.Model}' draws {size}×{size}; it was made with '{noise.Model}'; choose that with --model, or invert the image again"));
        }
        if (noise.ModelHash != settings.ModelHash)
        {
            throw new UsageException(
                $"the noise is of another model; it was made with '{noise.Model}' ({noise.ModelHash}), the base of '{settings.Model}' is {settings.ModelHash}; choose the first with --model, or invert the image again");
        }
    }
}

/// <summary>The noise that requests bring along, as what a stage starts from.</summary>
internal static class InversionInputs
{
    /// <summary>Adds it to the rows; the tensors are the caller's scope's.</summary>
    /// <param name="rows">Prompts and all else.</param>
    /// <param name="requests">The same images: all with inverted noise, or none.</param>
    /// <param name="device">Where the network is.</param>
    public static StageInputs Add(StageInputs rows, IReadOnlyList<ImageRequest> requests, Device device)
    {
        if (requests[0].InvertedNoise is null)
            return rows;
        using var scope = NewDisposeScope();
        return rows with
        {
            InvertedNoise = cat(requests.Select(request => request.InvertedNoise!.ToTensor()).ToArray(), dim: 0).to(device).MoveToOuterDisposeScope(),
            NoiseMixWeight = [.. requests.Select(request => request.NoiseMixWeight)],
        };
    }

    /// <summary>x of the first step.</summary>
    /// <param name="inverted">[N, 3, S, S].</param>
    /// <param name="noise">The first draw, of the same shape.</param>
    /// <param name="mixWeight">Interpolation weights from inverted to noise, one an image.</param>
    public static Tensor Begin(Tensor inverted, Tensor noise, IReadOnlyList<double> mixWeight) =>
        cat([.. mixWeight.Select((amount, row) => Slerp.Of(inverted.narrow(0, row, 1), noise.narrow(0, row, 1), amount))], dim: 0);
}

/// <summary>Comes back from inverted noise to its image, or to what another prompt makes of it.</summary>
/// <param name="pipeline">Makes the images; stays the caller's.</param>
/// <param name="recipe">How; its base draws no noise.</param>
public sealed class InvertedNoiseSampling(GlidePipeline pipeline, Recipe recipe)
{
    /// <summary>Refuses inverted noise that no image can be made from with these models and this recipe; loads no network.</summary>
    /// <exception cref="UsageException">The sampler draws noise, or the noise is another model's.</exception>
    public void Check(InvertedNoise noise) => InvertedNoiseImages.Check(pipeline, recipe, [noise.Record]);

    /// <summary>Makes the images.</summary>
    /// <param name="noise">Where all of them start.</param>
    /// <param name="requests">Prompts, and seeds for the second stage.</param>
    /// <param name="options">Gets the images.</param>
    /// <exception cref="UsageException">The sampler draws noise, or the noise is another model's.</exception>
    public void Run(InvertedNoise noise, IReadOnlyList<ImageRequest> requests, RunOptions options) => InvertedNoiseImages.Make(
        pipeline, recipe, [.. requests.Select(request => request with { InvertedNoise = noise })],
        [.. requests.Select(_ => new EditRecord(noise.Record.Image) { Inversion = noise.Record.Inversion })], options);
}
