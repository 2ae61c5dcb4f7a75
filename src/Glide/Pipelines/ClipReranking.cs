using System.Globalization;
using Glide.Diffusion;
using Glide.Diffusion.Samplers;
using Glide.Images;
using Glide.ModelSets;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>Drops the worst of each prompt's candidates while they are still noisy, by CLIP's score.</summary>
/// <param name="Share">How many of them, 0 to 1, both excluded; parts of an image are not dropped.</param>
/// <param name="At">When: the part of the base's steps that is done, 0 to 1, both excluded.</param>
internal sealed record EarlyPruning(double Share, double At)
{
    // 0.29 · 100 is a little below 29 in binary; that must not keep an image.
    private const double Rounding = 1e-9;

    /// <summary>Reads "SHARE@AT".</summary>
    /// <exception cref="UsageException">The text is none.</exception>
    public static EarlyPruning Parse(string text)
    {
        string[] parts = text.Trim().Split('@');
        if (parts.Length == 2 && TryParse(parts[0], out double share) && TryParse(parts[1], out double at))
            return new EarlyPruning(share, at);
        throw new UsageException(
            $"culling '{text}' is not understood; allowed is SHARE@AT, both between 0 and 1, such as 0.5@0.4: half of "
                + $"the candidates when 40 % of the steps are done");

        static bool TryParse(string part, out double value) =>
            double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value)
                && value is > 0 and < 1;
    }

    public int Kept(int candidates) => candidates - (int)Math.Floor(Share * candidates + Rounding);

    /// <summary>How many of the base's steps are left when images are dropped; at least one is made before.</summary>
    /// <exception cref="UsageException">There is one step only.</exception>
    internal int StepsLeft(int steps) => steps < 2
        ? throw new UsageException(
            $"candidates cannot be culled on the way; the base takes {Counted.Of(steps, "step")}; allowed are 2 or "
                + $"more; give more --steps or leave --cull out")
        : steps - Math.Clamp((int)Math.Round(At * steps, MidpointRounding.ToEven), 1, steps - 1);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Share}@{At}");

    /// <summary>
    /// Takes the images that are dropped out of the batches; of equal scores the earlier image stays.
    /// </summary>
    internal void Apply(IReadOnlyList<PausedBatch> batches)
    {
        var kept = batches
            .SelectMany(batch => batch.Requests.Select((request, row) =>
                (Batch: batch, Row: row, Prompt: request.JoinedPrompt, Score: batch.Scores[row])))
            .GroupBy(candidate => candidate.Prompt)
            .SelectMany(candidates => candidates.OrderByDescending(candidate => candidate.Score)
                .Take(Kept(candidates.Count())))
            .ToLookup(candidate => candidate.Batch, candidate => candidate.Row);
        foreach (var batch in batches)
            batch.Keep([.. kept[batch].Order()]);
    }
}

/// <summary>
/// Images that rest on their way through the base, with their scores there. Owns what it is made from.
/// </summary>
internal sealed class PausedBatch(ImageRequest[] requests, int[] numbers, NoiseSource noise, PausedSampling resting,
    double[] scores, TimeSpan time) : IDisposable
{
    private bool _ownsNoise = true;

    public ImageRequest[] Requests { get; private set; } = requests;

    /// <summary>Which of the run's requests they are, from 0.</summary>
    public int[] Numbers { get; private set; } = numbers;

    public NoiseSource Noise => noise;

    public PausedSampling Resting => resting;

    /// <summary>CLIP's scores of the noisy images.</summary>
    public double[] Scores { get; private set; } = scores;

    public TimeSpan Time => time;

    /// <summary>Drops the images that are not named.</summary>
    public void Keep(int[] rows)
    {
        Requests = [.. rows.Select(row => Requests[row])];
        Numbers = [.. rows.Select(row => Numbers[row])];
        Scores = [.. rows.Select(row => Scores[row])];
        noise.Keep(rows);
        resting.Keep(rows);
    }

    /// <summary>The generators, which the caller owns from now on.</summary>
    public NoiseSource TakeNoise()
    {
        _ownsNoise = false;
        return noise;
    }

    public void Dispose()
    {
        resting.Dispose();
        if (_ownsNoise)
            noise.Dispose();
    }
}

/// <summary>What an image was chosen from by its score.</summary>
/// <param name="BestOf">Candidates for its prompt, itself among them.</param>
internal sealed record RerankChoice(int BestOf)
{
    /// <summary>
    /// How candidates were dropped on the way, as <see cref="EarlyPruning.Parse"/> reads it; <c>null</c> where none
    /// were.
    /// </summary>
    public string? Cull { get; init; }

    /// <summary>Its own score then, while it was noisy; <c>null</c> where none were dropped.</summary>
    public double? ScoreAtCull { get; init; }
}

/// <summary>How well images go with prompts.</summary>
/// <param name="Prompts">One a column.</param>
/// <param name="Rows">One an image: cosines from −1 to 1.</param>
internal sealed record ScoreMatrix(IReadOnlyList<string> Prompts, IReadOnlyList<IReadOnlyList<double>> Rows);

/// <summary>Scores finished images, without any network that draws.</summary>
internal sealed class ClipScorer : IDisposable
{
    private readonly ClipModel _judge;

    private ClipScorer(ClipModel judge) => _judge = judge;

    /// <summary>Loads the CLIP of a model set.</summary>
    /// <exception cref="UsageException">The set has no CLIP, or the device is not there.</exception>
    /// <exception cref="CheckpointException">Weights are missing or refused.</exception>
    public static ClipScorer Open(ModelSet models, DeviceOptions options) =>
        new(ClipModel.Load(models, TorchRuntime.Start(options)));

    /// <summary>Scores image files.</summary>
    /// <param name="paths">Images of any size.</param>
    /// <param name="prompts">Prompts.</param>
    /// <param name="warn">Hears of prompts that are too long; <c>null</c> to hear nothing.</param>
    /// <exception cref="UsageException">A file cannot be read as an image.</exception>
    public ScoreMatrix Score(IReadOnlyList<string> paths, IReadOnlyList<string> prompts, Action<string>? warn = null)
    {
        using var noGradient = no_grad();
        var images = paths.Select(path => ImageFile.Load(path).Image).ToArray();
        return new ScoreMatrix(prompts, _judge.Scores(images, prompts, warn));
    }

    public void Dispose() => _judge.Dispose();
}

/// <summary>Images between two steps of a stage, with what their sampler remembers. Owns both.</summary>
internal sealed class PausedSampling : IDisposable
{
    /// <param name="sampler">Owned from now on.</param>
    /// <param name="x">Noisy images, [N, 3, S, S]; owned from now on.</param>
    /// <param name="nextStep">The step that is made next.</param>
    public PausedSampling(ISampler sampler, Tensor x, int nextStep)
    {
        Sampler = sampler;
        X = x.DetachFromDisposeScope();
        NextStep = nextStep;
    }

    public ISampler Sampler { get; }

    /// <summary>The images with the noise of <see cref="NextStep"/>, [N, 3, S, S].</summary>
    public Tensor X { get; private set; }

    public int NextStep { get; }

    public int Done => Sampler.Tables.Count - 1 - NextStep;

    /// <summary>How noisy they are, in the numbering of the trained steps.</summary>
    public double Timestep => Sampler.Tables.Timesteps[NextStep];

    /// <summary>Drops the images that are not named and orders the rest as named.</summary>
    public void Keep(int[] rows)
    {
        using var all = X;
        X = DiffusionMath.KeepRows(all, rows).DetachFromDisposeScope();
        Sampler.Keep(rows);
    }

    public void Dispose()
    {
        Sampler.Dispose();
        X.Dispose();
    }
}
