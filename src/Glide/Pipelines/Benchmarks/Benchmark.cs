using System.Diagnostics;
using System.Globalization;
using Glide.Checkpoints;
using Glide.Devices;
using Glide.Diffusion;
using Glide.Models.UNet;
using Glide.ModelStore;
using Glide.Pipelines.Clip;
using Glide.Tokenization;
using static TorchSharp.torch;

namespace Glide.Pipelines.Benchmarks;

/// <summary>Measures sampling steps of whole stages as pictures take them, with weights from a formula.</summary>
public sealed class Benchmark : IDisposable
{
    private const string Prompt = "an oil painting of a corgi";

    // A step of a GPU is over before a clock has been read well.
    private const int GpuStepsPerRound = 20;

    private readonly BenchmarkOptions _options;
    private readonly FormulaModels _models;
    private readonly Recipe _recipe;
    private readonly Dictionary<string, Ceiling> _ceilings = [];

    /// <summary>Makes ready; measures nothing yet.</summary>
    public Benchmark(BenchmarkOptions options)
    {
        _options = options;
        _recipe = Recipe.For(options.Models, "sample");
        _models = new FormulaModels(options.Models);
    }

    /// <summary>The stages by name.</summary>
    public static IReadOnlyList<string> Stages { get; } = ["base", "upsample"];

    /// <summary>The kinds of guidance of the base by name.</summary>
    public static IReadOnlyList<string> Guidances { get; } = ["none", "cfg", "clip", "both"];

    /// <summary>The number types that a device computes in, the widest first.</summary>
    /// <exception cref="UsageException">The device is not there.</exception>
    public static IReadOnlyList<string> DtypesOf(EngineOptions engine) =>
        Engine.Start(engine with { Dtype = "auto" }).IsCuda ? ["fp32", "fp16", "bf16"] : ["fp32", "bf16"];

    /// <summary>Writes a model set with weights from the formula, to be drawn with as with a converted one.</summary>
    /// <param name="models">Gives sizes and recipe.</param>
    /// <param name="folder">Is made if it is not there.</param>
    /// <param name="dtype">fp32, fp16 or bf16.</param>
    /// <exception cref="ResourceException">There is no room for it.</exception>
    public static void WriteModels(ModelSet models, string folder, string dtype) => FormulaModels.Write(models, folder, dtype switch
    {
        "fp32" => ElementType.Float32,
        "fp16" => ElementType.Float16,
        "bf16" => ElementType.BFloat16,
        _ => throw new UsageException($"weights cannot be written as '{dtype}'; allowed are fp32, fp16 and bf16; choose with --dtype"),
    });

    /// <summary>Measures one stage with one number type.</summary>
    /// <param name="stage">One of <see cref="Stages"/>.</param>
    /// <param name="dtype">As <see cref="EngineOptions.Dtype"/>.</param>
    /// <exception cref="UsageException">The device is not there or does not compute in that type, or the set has no CLIP to guide.</exception>
    /// <exception cref="ResourceException">Memory or the temporary folder does not suffice.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public BenchmarkResult Measure(string stage, string dtype)
    {
        using var noGradient = no_grad();
        var engine = Engine.Start(_options.Engine with { Dtype = dtype }, _options.Models);
        var recipe = stage == "base" ? Guided(_recipe.Base) : _recipe.Upsample!;
        var models = _models.With(recipe.Network);
        var prompts = new PromptEncoder(GlideTokenizer.Load(), warn: null);

        bool isRestarted = RestartPeak(engine);
        var clock = Stopwatch.StartNew();
        using var networks = new NetworkPool(models, engine);
        var network = networks.Get(recipe.Network);
        engine.Finish();
        double loadSeconds = clock.Elapsed.TotalSeconds;

        double textMilliseconds = TimeText(engine, network, prompts);
        using var clip = recipe.ClipScale is null ? null : ClipJudge.OfSameSize(models, engine);
        int stepsPerRound = engine.IsCuda ? GpuStepsPerRound : 1;
        using var operations = _options.Profile ? new OperationClock(engine.Finish) : null;
        var rounds = new RoundClock(stepsPerRound, engine.Finish, () => operations?.Clear());
        int rows = _options.BatchSize * (Stage.IsGuidedBy(recipe) ? 2 : 1);
        long? peakBefore = PeakOf(engine);
        RestartPeak(engine);
        long? held = PeakOf(engine);
        Sample(engine, network, networks, prompts, recipe, clip, stepsPerRound, rounds);
        long? peak = PeakOf(engine);

        // Behind the steps: what it frees would be theirs to take, and missing in what they took.
        if (!_ceilings.TryGetValue(engine.Precision.Name, out var ceiling))
            _ceilings[engine.Precision.Name] = ceiling = Ceiling.Measure(engine);
        return new BenchmarkResult
        {
            Stage = stage,
            Dtype = engine.Precision.Name,
            Device = engine.DeviceName,
            Processor = Processor.Name,
            Threads = engine.Threads,
            Guidance = Guidances[(Stage.IsGuidedBy(recipe) ? 1 : 0) + (clip is null ? 0 : 2)],
            Rows = rows,
            MillisecondsPerStep = Median(rounds.Milliseconds),
            ProcessorMillisecondsPerStep = Median(rounds.ProcessorMilliseconds),
            GflopPerStep = rows * UNetCost.OperationsPerPicture(network.Config) / 1e9,
            ConvolutionCeiling = ceiling.Convolution,
            MatrixCeiling = ceiling.Matrix,
            LoadSeconds = loadSeconds,
            TextMilliseconds = textMilliseconds,
            PeakBytes = peak is null ? null : Math.Max(peakBefore ?? 0, peak.Value),
            StepBytes = isRestarted ? peak - held : null,
            Profile = operations is null ? [] : ProfileOf(operations, rounds),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _models.Dispose();

    private StageRecipe Guided(StageRecipe stage) => _options.Guidance is not { } kind
        ? stage
        : stage with
        {
            GuidanceScale = kind is "cfg" or "both" ? stage.GuidanceScale : 1,
            ClipScale = kind is "clip" or "both" ? StageRecipe.DefaultClipScale : null,
        };

    // The first time warms up.
    private static double TimeText(Engine engine, UNetModel network, PromptEncoder prompts)
    {
        var clock = new Stopwatch();
        for (int attempt = 0; attempt < 2; attempt++)
        {
            clock.Restart();
            prompts.Encode(network, [Prompt, ""]).Dispose();
            engine.Finish();
        }
        return clock.Elapsed.TotalMilliseconds;
    }

    // One round more than is timed: the first warms up.
    private void Sample(Engine engine, UNetModel network, NetworkPool networks, PromptEncoder prompts, StageRecipe recipe, ClipJudge? clip, int stepsPerRound, RoundClock rounds)
    {
        using var scope = NewDisposeScope();
        string steps = ((_options.Rounds + 1) * stepsPerRound).ToString(CultureInfo.InvariantCulture);
        var settings = networks.SettingsOf(recipe.Network);
        var stage = new Stage(network, settings, recipe with { Steps = steps }, prompts);
        long[] seeds = [.. Enumerable.Range(0, _options.BatchSize)];
        string[] shown = [.. seeds.Select(_ => Prompt)];
        long lowResSize = networks.SettingsOf(_recipe.Base.Network).ImageSize;
        var rows = new StageRows
        {
            Prompts = shown,
            Negatives = [.. seeds.Select(_ => "")],
            Seeds = seeds,
            Gradient = clip?.Towards(clip.Read(shown), recipe.ClipScale!.Value),
            LowRes = settings.Upsample ? zeros([seeds.Length, 3, lowResSize, lowResSize], device: engine.Device) : null,
        };
        using var noise = stage.NewNoise(seeds);
        stage.Run(rows, noise, rounds, _options.Cancellation);
    }

    private static bool RestartPeak(Engine engine) => engine.IsCuda ? CudaLibrary.TakePeakBytes(engine.Device) is not null : PeakMemory.Restart();

    private static long? PeakOf(Engine engine) => engine.IsCuda ? CudaLibrary.TakePeakBytes(engine.Device) : PeakMemory.Bytes();

    private static double Median(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }

    private static List<OperationTime> ProfileOf(OperationClock operations, RoundClock rounds)
    {
        int steps = rounds.Milliseconds.Count * rounds.StepsPerRound;
        var profile = operations.Times
            .Select(time => new OperationTime(time.Key, time.Value.TotalMilliseconds / steps))
            .OrderByDescending(time => time.Milliseconds)
            .ToList();
        profile.Add(new OperationTime("other", rounds.Milliseconds.Average() - profile.Sum(time => time.Milliseconds)));
        return profile;
    }

    /// <summary>Times rounds of a few steps; the first warms up and is forgotten.</summary>
    private sealed class RoundClock(int stepsPerRound, Action finish, Action begin) : IProgress<SamplingProgress>
    {
        private long _start;
        private TimeSpan _processorStart;

        public int StepsPerRound => stepsPerRound;

        /// <summary>Of a step, for each round.</summary>
        public List<double> Milliseconds { get; } = [];

        /// <summary>The same on all processor cores together, which other programs do not change.</summary>
        public List<double> ProcessorMilliseconds { get; } = [];

        public void Report(SamplingProgress value)
        {
            if (value.Done % stepsPerRound != 0)
                return;
            finish();
            if (value.Done == stepsPerRound)
                begin();
            else
            {
                Milliseconds.Add(Stopwatch.GetElapsedTime(_start).TotalMilliseconds / stepsPerRound);
                ProcessorMilliseconds.Add((Environment.CpuUsage.TotalTime - _processorStart).TotalMilliseconds / stepsPerRound);
            }
            _processorStart = Environment.CpuUsage.TotalTime;
            _start = Stopwatch.GetTimestamp();
        }
    }
}
