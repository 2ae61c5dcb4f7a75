using System.Diagnostics;
using System.Globalization;
using Glide.Diffusion;
using Glide.Editing;
using Glide.Models;
using Glide.Models.Ops;
using Glide.Models.UNet;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Runtime;
using Glide.Tokenizers;
using static TorchSharp.torch;

namespace Glide.Diagnostics;

/// <summary>One implementation of a stage: its network, and what its steps have taken so far.</summary>
internal sealed class StageMeasurement : IDisposable
{
    private const string Prompt = "an oil painting of a corgi";

    // A step of a GPU is over before a clock has been read well.
    private const int GpuStepsPerRound = 20;

    private readonly BenchmarkOptions _options;
    private readonly TorchRuntime _runtime;
    private readonly StageRecipe _recipe;
    private readonly string _implementation;
    private readonly PromptEncoder _prompts = new(GlideTokenizer.Load(), warn: null);
    private readonly ModelCache _networks;
    private readonly UNetModel _network;
    private readonly ClipModel? _clip;
    private readonly OperationClock? _operations;
    private readonly RoundClock _rounds;
    private readonly double _loadSeconds;
    private readonly double _textMilliseconds;
    private readonly bool _isPeakRestarted;
    private long? _peakBytes;
    private long? _stepBytes;

    /// <summary>Loads the network and reads a prompt; makes no step.</summary>
    /// <param name="options">How much is measured.</param>
    /// <param name="runtime">Where the network runs.</param>
    /// <param name="models">With the weights in their place.</param>
    /// <param name="recipe">How the stage samples.</param>
    /// <param name="implementation">As in <see cref="BenchmarkResult.Implementation"/>.</param>
    public StageMeasurement(
        BenchmarkOptions options, TorchRuntime runtime, ModelSet models, StageRecipe recipe,
        string implementation = BenchmarkResult.Glide)
    {
        _options = options;
        _runtime = runtime;
        _recipe = recipe;
        _implementation = implementation;
        _isPeakRestarted = RestartPeak();
        var clock = Stopwatch.StartNew();
        _networks = new ModelCache(models, runtime) { UNetOps = OpsOf(implementation) };
        try
        {
            _network = _networks.Get(recipe.Network);
            runtime.Finish();
            _loadSeconds = clock.Elapsed.TotalSeconds;
            _textMilliseconds = TimeText();
            _clip = recipe.ClipScale is null ? null : ClipModel.OfSameSize(models, runtime);
        }
        catch
        {
            _networks.Dispose();
            throw;
        }
        _operations = options.Profile ? new OperationClock(runtime.Finish) : null;
        _rounds = new RoundClock(runtime.IsCuda ? GpuStepsPerRound : 1, runtime.Finish, () => _operations?.Resume());
    }

    private bool IsGuided => Stage.IsGuidedBy(_recipe);

    private int Rows => _options.BatchSize * (IsGuided ? 2 : 1);

    /// <summary>Measures some rounds after one that warms up.</summary>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public void Run(int rounds)
    {
        NotePeak();
        RestartPeak();
        long? held = PeakBytes();
        Sample(rounds);
        _operations?.Pause();
        long? peak = NotePeak();
        if (_isPeakRestarted && peak - held is { } bytes)
            _stepBytes = Math.Max(_stepBytes ?? 0, bytes);
    }

    /// <summary>What the rounds so far took.</summary>
    public BenchmarkResult Result(string stage, Ceiling ceiling) => new()
    {
        Stage = stage,
        Dtype = _runtime.Precision.Name,
        Implementation = _implementation,
        Device = _runtime.DeviceName,
        Processor = Processor.Name,
        Threads = _runtime.Threads,
        Guidance = Benchmark.Guidances[(IsGuided ? 1 : 0) + (_clip is null ? 0 : 2)],
        Rows = Rows,
        MillisecondsPerStep = Median(_rounds.Milliseconds),
        ProcessorMillisecondsPerStep = Median(_rounds.ProcessorMilliseconds),
        GflopPerStep = Rows * UNetCost.OperationsPerImage(_network.Config) / 1e9,
        ConvolutionCeiling = ceiling.Convolution,
        MatrixCeiling = ceiling.Matrix,
        LoadSeconds = _loadSeconds,
        TextMilliseconds = _textMilliseconds,
        PeakBytes = _peakBytes,
        StepBytes = _stepBytes,
        Profile = _operations is null ? [] : ProfileOf(_operations),
    };

    public void Dispose()
    {
        _operations?.Dispose();
        _clip?.Dispose();
        _networks.Dispose();
    }

    private static UNetOps? OpsOf(string implementation) => implementation switch
    {
        BenchmarkResult.Original => ReferenceOps.Instance,
        BenchmarkResult.Libtorch => UNetOps.Plain,
        _ => null,
    };

    // The first time warms up.
    private double TimeText()
    {
        var clock = new Stopwatch();
        for (int attempt = 0; attempt < 2; attempt++)
        {
            clock.Restart();
            _prompts.Encode(_network, [Prompt, ""]).Dispose();
            _runtime.Finish();
        }
        return clock.Elapsed.TotalMilliseconds;
    }

    // One round more than is timed: the first warms up.
    private void Sample(int rounds)
    {
        using var scope = NewDisposeScope();
        string steps = ((rounds + 1) * _rounds.StepsPerRound).ToString(CultureInfo.InvariantCulture);
        var settings = _networks.SettingsOf(_recipe.Network);
        var rows = NewRows(settings);
        using var original = _implementation == BenchmarkResult.Original ? NewOriginalPass(rows) : null;
        var stage = new Stage(_network, _recipe with { Steps = steps }, _prompts)
        {
            Pass = original is null ? null : original.Run,
        };
        using var noise = stage.NewNoise(rows.Seeds);
        stage.Run(rows, noise, new StepCallbacks { Progress = _rounds, Cancellation = _options.Cancellation });
    }

    private StageInputs NewRows(UNetConfig settings)
    {
        long[] seeds = [.. Enumerable.Range(0, _options.BatchSize)];
        string[] shown = [.. seeds.Select(_ => Prompt)];
        long lowResSize = settings.ImageSize / Upscaling.Factor;
        return new StageInputs
        {
            Prompts = shown,
            Negatives = [.. seeds.Select(_ => "")],
            Seeds = seeds,
            Gradient = _clip?.Towards(_clip.Read(shown), _recipe.ClipScale!.Value),
            LowRes = settings.Upsample
                ? zeros([seeds.Length, 3, lowResSize, lowResSize], device: _runtime.Device)
                : null,
        };
    }

    private OriginalPass NewOriginalPass(StageInputs rows) =>
        new(_network, GlideTokenizer.Load(), IsGuided ? [.. rows.Prompts, .. rows.Negatives] : rows.Prompts);

    private List<OperationTime> ProfileOf(OperationClock operations)
    {
        int steps = _rounds.Milliseconds.Count * _rounds.StepsPerRound;
        var profile = operations.Times
            .Select(time => new OperationTime(time.Key, time.Value.TotalMilliseconds / steps))
            .OrderByDescending(time => time.Milliseconds)
            .ToList();
        profile.Add(new OperationTime("other", _rounds.Milliseconds.Average()
            - profile.Sum(time => time.Milliseconds)));
        return profile;
    }

    private bool RestartPeak() =>
        _runtime.IsCuda ? CudaLibrary.TakePeakBytes(_runtime.Device) is not null : PeakMemory.Restart();

    private long? PeakBytes() => _runtime.IsCuda ? CudaLibrary.TakePeakBytes(_runtime.Device) : PeakMemory.Bytes();

    private long? NotePeak()
    {
        long? peak = PeakBytes();
        if (peak is { } bytes)
            _peakBytes = Math.Max(_peakBytes ?? 0, bytes);
        return peak;
    }

    private static double Median(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }

    /// <summary>Times rounds of a few steps; the first of each run warms up and is forgotten.</summary>
    private sealed class RoundClock(int stepsPerRound, Action finish, Action begin) : IProgress<SamplingProgress>
    {
        private long _start;
        private TimeSpan _processorStart;

        public int StepsPerRound => stepsPerRound;

        public List<double> Milliseconds { get; } = [];

        /// <summary>The same on all processor cores together, which other programs do not change.</summary>
        public List<double> ProcessorMilliseconds { get; } = [];

        public void Report(SamplingProgress value)
        {
            if (value.Done % stepsPerRound != 0)
                return;
            finish();
            if (value.Done == stepsPerRound)
            {
                begin();
            }
            else
            {
                Milliseconds.Add(Stopwatch.GetElapsedTime(_start).TotalMilliseconds / stepsPerRound);
                ProcessorMilliseconds.Add((Environment.CpuUsage.TotalTime
                    - _processorStart).TotalMilliseconds / stepsPerRound);
            }
            _processorStart = Environment.CpuUsage.TotalTime;
            _start = Stopwatch.GetTimestamp();
        }
    }
}

/// <summary>A pass as the original makes it: every prompt goes through the text transformer each time.</summary>
internal sealed class OriginalPass : IDisposable
{
    private readonly UNetModel _network;
    private readonly Tensor _ids;     // [N, L]
    private readonly Tensor _mask;    // [N, L]

    /// <param name="network">Stays the caller's.</param>
    /// <param name="tokenizer">Turns prompts into ids.</param>
    /// <param name="prompts">One for each row of a pass; the empty ones of guidance come last.</param>
    public OriginalPass(UNetModel network, ITokenizer tokenizer, IReadOnlyList<string> prompts)
    {
        _network = network;
        var sequences = prompts.Select(prompt => tokenizer.Tokenize(prompt, network.Config.TextContext)).ToList();
        long[] shape = [prompts.Count, network.Config.TextContext];
        _ids = tensor(sequences.SelectMany(sequence => sequence.Ids).ToArray(), shape).DetachFromDisposeScope();
        _mask = tensor(sequences.SelectMany(sequence => sequence.Mask).ToArray(), shape).DetachFromDisposeScope();
    }

    /// <summary>Predicts noise and variance.</summary>
    /// <param name="input">Images, one for each prompt, or for the first of them where a step is not guided.</param>
    /// <param name="timestep">How noisy they are, [N].</param>
    /// <returns>As of <see cref="UNetModel.forward(UNetInput, Tensor, Models.Text.TextConditioning)"/>.</returns>
    public Tensor Run(UNetInput input, Tensor timestep)
    {
        using var scope = NewDisposeScope();
        long rows = input.X.shape[0];
        using var text = _network.EncodeText(_ids.narrow(0, 0, rows), _mask.narrow(0, 0, rows));
        return _network.call(input, timestep, text).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _ids.Dispose();
        _mask.Dispose();
    }
}
