using System.Diagnostics;
using Glide.Diffusion;
using Glide.Diffusion.Samplers;
using Glide.Images;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Runtime;
using Glide.Tokenizers;
using static TorchSharp.torch;

namespace Glide.Diagnostics;

/// <summary>Measures what a run takes, by a few steps of each stage with the batch that the run would have.</summary>
/// <remarks>
/// Weights that are not there are replaced by numbers that follow from their names: the work is the same.
/// </remarks>
internal sealed class CostEstimator : IDisposable
{
    // The first step warms caches up, two more are measured, unless steps are so long that this does not matter.
    private const int FewestSteps = 3;
    private const int ScoredImages = 4;
    private const string Prompt = "a red circle above a blue square";
    private static readonly TimeSpan s_enough = TimeSpan.FromSeconds(6);

    private readonly ModelSet _models;
    private readonly TorchRuntime _runtime;
    private readonly ModelCache _networks;
    private readonly PromptEncoder _prompts = new(GlideTokenizer.Load(), warn: null);
    private readonly Dictionary<string, StageCost> _known = [];

    private CostEstimator(ModelSet models, TorchRuntime runtime)
    {
        _models = models;
        _runtime = runtime;
        _networks = new ModelCache(models, runtime) { ReplacesMissing = true };
    }

    /// <summary>
    /// Memory that this process has taken at most so far, in bytes; <c>null</c> where the system does not say.
    /// </summary>
    public static long? PeakBytes => MemoryBudget.PeakBytes();

    /// <summary>Memory that a run could still take, in bytes.</summary>
    public static long AvailableBytes => MemoryBudget.AvailableBytes();

    /// <summary>Chooses the device and makes ready.</summary>
    /// <exception cref="UsageException">The device is not there.</exception>
    public static CostEstimator Open(ModelSet models, DeviceOptions options) =>
        new(models, TorchRuntime.Start(options, models));

    /// <summary>Where it measures, such as <c>cpu, fp32, 2 threads</c>.</summary>
    public string Device =>
        $"{_runtime.DeviceName}, {_runtime.Precision.Name}, {Counted.Of(_runtime.Threads, "thread")}";

    /// <summary>Measures all stages of a recipe, and CLIP's scores where it chooses.</summary>
    /// <param name="work">What the run makes.</param>
    /// <param name="batchSize">Images per forward pass at most; no stage gets more than it has images.</param>
    /// <param name="cancellation">Looked at before every step.</param>
    /// <exception cref="UsageException">The set's CLIP cannot choose.</exception>
    /// <exception cref="ResourceException">Memory does not suffice for that batch.</exception>
    public RunCost Measure(Workload work, int batchSize, CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        StageCost[] stages = [.. work.Recipe.Stages.Select((stage, place) =>
            Known(stage, Math.Min(batchSize, place == 0 ? work.Begun : work.Finished), place == 0 ? work.Further : 0,
                cancellation))];
        return new RunCost(
            stages, work.Scores == 0 ? null : MeasureScores(work.Recipe.Base, ofNoisy: work.Cull is not null),
            _networks.SizeOf(work.Recipe.Last));
    }

    public void Dispose() => _networks.Dispose();

    private StageCost Known(StageRecipe stage, int batchSize, int further, CancellationToken cancellation)
    {
        var brief = stage with { Steps = $"{StepsFor(stage)}", GuidanceInterval = null };
        string key = $"{batchSize} {further} {Recipe.Of(brief).ToJson()}";
        return _known.TryGetValue(key, out var cost)
            ? cost
            : _known[key] = Measure(brief, batchSize, further, cancellation);
    }

    // Two cycles of reuse: the first warms up.
    private static int StepsFor(StageRecipe stage) => Math.Max(FewestSteps, 2 * (stage.Reuse ?? 1));

    private StageCost Measure(StageRecipe brief, int batchSize, int further, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var network = _networks.Get(brief.Network);
        var settings = _networks.SettingsOf(brief.Network);
        var size = _networks.SizeOf(brief);
        if (!_runtime.IsCuda)
        {
            MemoryBudget.Require($"{Counted.Of(batchSize, "image")} together in '{brief.Network}'",
                BatchSizes.BytesFor(settings, size, batchSize, further));
        }
        double load = clock.Elapsed.TotalSeconds;

        using var scope = NewDisposeScope();
        var stage = new Stage(network, brief, _prompts);
        string[] prompts = [.. Enumerable.Repeat(Prompt, batchSize)];
        bool hasClip = brief.ClipScale is not > 0 || ClipModel.HasWeights(_models);
        using var clip = brief.ClipScale is > 0 ? OpenClip() : null;
        var rows = new StageInputs
        {
            Prompts = prompts,
            Negatives = [.. prompts.Select(_ => "")],
            Further = further == 0 ? null
                : [.. prompts.Select(_ => Enumerable.Repeat(new ComposedPrompt(Prompt, 1), further).ToArray())],
            Seeds = [.. Enumerable.Range(0, batchSize).Select(index => (long)index)],
            Gradient = clip?.Towards(clip.Read(prompts), brief.ClipScale!.Value),
            LowRes = settings.Upsample ? zeros([batchSize, 3, size.Height / 4, size.Width / 4],
                device: _runtime.Device) : null,
        };
        using var noise = stage.NewNoise(rows.Seeds);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var times = new List<double>();
        clock.Restart();
        var steps = new ImmediateProgress<SamplingProgress>(_ =>
        {
            times.Add(clock.Elapsed.TotalSeconds);
            if (clock.Elapsed > s_enough)
                enough.Cancel();
        });
        try
        {
            stage.Run(rows, noise, new StepCallbacks { Progress = steps, Cancellation = enough.Token });
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Enough was measured.
        }

        var (pass, other) = Split(times, brief);
        return new StageCost(brief.Network, batchSize, load, pass, other, hasClip
            && _models.FindWeights(brief.Network) is not null);
    }

    // The first image warms up.
    private ScoringCost MeasureScores(StageRecipe stage, bool ofNoisy)
    {
        var clock = Stopwatch.StartNew();
        using var clip = OpenClip();
        double load = clock.Elapsed.TotalSeconds;
        var size = _networks.SizeOf(stage);
        Score(1);
        clock.Restart();
        Score(ScoredImages);
        return new ScoringCost(load, clock.Elapsed.TotalSeconds / ScoredImages, ClipModel.HasWeights(_models));

        void Score(int images)
        {
            string[] prompts = [.. Enumerable.Repeat(Prompt, images)];
            using var x = zeros([images, 3, size.Height, size.Width], device: _runtime.Device);
            _ = ofNoisy ? clip.ScoresOfNoisy(x, timestep: 0, prompts)
                : clip.ScoresOfPairs([.. prompts.Select(_ => new RgbImage(size.Width, size.Height))], prompts);
        }
    }

    private ClipModel OpenClip() => ClipModel.HasWeights(_models)
        ? ClipModel.Load(_models, _runtime)
        : ClipModel.OfSameSize(_models, _runtime);

    // From the times at which steps ended to the time of a pass and what came before the first.
    private static (double Pass, double Other) Split(List<double> times, StageRecipe brief)
    {
        double passesPerStep = brief.Sampler == SamplerNames.Heun ? 2 : 1;
        if (times.Count == 1)
            return (times[0] / passesPerStep, 0);
        int counted = Math.Min(times.Count - 1, Math.Max(FewestSteps - 1, brief.Reuse ?? 1));
        // Heun's last step is one pass.
        double passes = (counted * passesPerStep) - (times.Count == StepsFor(brief) ? passesPerStep - 1 : 0);
        double pass = (times[^1] - times[^(counted + 1)]) / passes;
        return (pass, Math.Max(0, times[0] - (pass * passesPerStep)));
    }
}
