using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using Glide.Batches;
using Glide.Cli.Batches;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Diagnostics;
using Glide.Inversion;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Pipelines.Settings;

namespace Glide.Cli.Commands;

/// <summary><c>glide plan</c>: what a run will take, before it is begun.</summary>
internal sealed class PlanCommand : Command, IExamples
{
    // They show a run or say what it may replace; a forecast is the same with them.
    private static readonly string[] s_idle = ["--overwrite", "--preview", "--fail-fast", "--progress"];

    private readonly Argument<string[]> _prompts =
        new("PROMPT") { Description = "As for 'glide sample'.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> _file =
        OptionValues.Text("--batch", [], "FILE",
            "Plan a file as for 'glide batch' instead of prompts. - reads stdin to its end.", path => path.Length > 0
            ? null : "a file");
    private readonly OutputOptions _output =
        new("Where the images would go, to check the free disk space. Default: the current folder.",
            jsonDescription: "Print one JSON object.");
    private readonly ViewOptions _views = new();
    private readonly SamplingOptions _sampling = new();
    private readonly SheetOption _sheet = new();
    private readonly NoiseFileOption _noiseFile;
    private readonly BatchOptions _batch = new();
    private readonly ModelOptions _model = new((WorkerDevice.All, "with --batch, one worker process per GPU"));
    private readonly TextWriter _out;
    private readonly TextWriter _error;

    public PlanCommand(TextWriter output, TextWriter error)
        : base("plan",
            "Exit code 6 if the run does not fit. Takes the options of 'glide sample', and with --batch those of "
                + $"'glide batch'; {string.Join(", ", s_idle[..^1])} and {s_idle[^1]} change nothing.")
    {
        _out = output;
        _error = error;
        _noiseFile = new NoiseFileOption(_sheet);
        Add(_prompts);
        Add(_file);
        this.Add(SettingGroup.Image, _noiseFile.File);
        _output.AddTo(this);
        _views.AddTo(this);
        _sampling.AddTo(this);
        _sheet.AddTo(this, _sampling.NoUpsample, _output.Path);
        _batch.AddTo(this);
        _model.AddTo(this);
        foreach (var option in Options.Where(option => s_idle.Contains(option.Name)))
            option.Hidden = true;
        Validators.Add(RefuseContradictions);
        SetAction(parsed => new CommandHost(_output.Read(parsed), output, error).Execute(run => Plan(run, parsed)));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide plan \"a corgi\" -n 100",
        "glide plan \"a corgi\" -n 4 --best-of 32 --cull 0.5@0.4",
        "glide plan \"a corgi\" -n 100 --quality paper --json",
        "glide plan --batch prompts.txt -o images --resume",
        "glide plan --batch rows.jsonl --shard 2/3",
    ];

    private void RefuseContradictions(CommandResult result)
    {
        bool hasPrompts = result.GetResult(_prompts) is { Tokens.Count: > 0 };
        bool hasFile = IsGiven(_file);
        if (hasPrompts && hasFile)
            result.AddError("prompts and --batch contradict each other; leave one out");
        if (!hasPrompts && !hasFile && !IsGiven(_noiseFile.File))
            result.AddError("PROMPT is missing; see 'glide plan --help'");
        foreach (var option in hasFile ? [_noiseFile.File, _views.Film, _sheet.File] : _batch.All)
        {
            if (IsGiven(option))
            {
                result.AddError(hasFile
                    ? $"{option.Name} is no option of a batch; leave it or --batch out"
                    : $"{option.Name} belongs to a batch; add --batch FILE or leave it out");
            }
        }
        if (!hasFile && _model.WrittenDevice(result) == WorkerDevice.All)
        {
            result.AddError(
                $"--device {WorkerDevice.All} divides the rows of a batch; add --batch FILE or choose one GPU");
        }

        bool IsGiven(Option option) => result.GetResult(option) is { Implicit: false };
    }

    private void Plan(CommandHost run, ParseResult parsed)
    {
        double startSeconds = (DateTime.Now - Process.GetCurrentProcess().StartTime).TotalSeconds;
        var noise = _noiseFile.Read(parsed);
        var models = noise is null
            ? run.FindModels(_model.Model(parsed))
            : run.FindModels(_model.Model(parsed), parsed.GetValue(_noiseFile.File)!, noise.Record.Model);
        var input = parsed.GetValue(_file) is { } file ? _batch.Input(parsed, file) : null;
        var runtime = _model.Device(parsed);
        var workers = runtime.Device == WorkerDevice.All ? WorkerDevice.FindFor(input!) : [];
        // What one of equal devices takes, all of them take.
        if (workers.Count > 0)
            runtime = runtime with { Device = workers[0].Name };
        int processes = Math.Max(1, workers.Count);
        using var pipeline = GlidePipeline.Open(models, runtime);
        var (works, finished) = input is null
            ? ([Sample(parsed, models, pipeline, noise)], null)
            : Batch(run, parsed, models, pipeline, input);
        using var meter = CostEstimator.Open(models, runtime);
        var parts = new List<ForecastPart>();
        double drawing = 0;
        foreach (var work in works)
        {
            var share = processes == 1 ? work : Workload.Of(work.Recipe,
                (work.Finished + processes - 1) / processes, work.Further);
            int most = _model.BatchSize(parsed) ?? (input is null
                ? pipeline.BatchSizeOf(work.Recipe, work.Further)
                : pipeline.CountInParallel(work.Recipe, work.Further));
            var cost = meter.Measure(share, most, run.Stop);
            parts.Add(new ForecastPart(work, cost));
            drawing += cost.SecondsFor(share);
        }
        var files = new ForecastFiles(_views.Read(parsed), _sheet.Read(parsed), _output.Read(parsed).Path);
        var forecast = new RunForecast(meter.Device, parts)
        {
            Processes = processes,
            Finished = finished,
            StartSeconds = startSeconds + LoadSeconds(parts),
            DrawSeconds = drawing,
            MemoryBytes = CostEstimator.PeakBytes,
            AvailableBytes = CostEstimator.AvailableBytes,
            DiskBytes = files.MostBytes(parts, finished ?? 0),
            Files = files.Names,
            FreeBytes = files.FreeBytes,
        };
        Tell(forecast, _output.Read(parsed).Json);
    }

    private void Tell(RunForecast forecast, bool asJson)
    {
        if (asJson)
            _out.WriteLine(JsonLine.Of(forecast.ToJson()));
        else
            forecast.Print(_out);
        if (forecast.DiskBytes > forecast.FreeBytes)
        {
            throw new ResourceException(
                $"the images may not fit on the disk; they take up to {ByteSize.Text(forecast.DiskBytes)}, free are "
                    + $"{ByteSize.Text(forecast.FreeBytes)}; free some space or choose another folder with --output");
        }
    }

    // Each network is loaded once, whatever is made with it.
    private static double LoadSeconds(IReadOnlyList<ForecastPart> parts) =>
        parts.SelectMany(part => part.Cost.Stages).GroupBy(stage => stage.Network)
            .Sum(same => same.Max(stage => stage.LoadSeconds))
        + parts.Sum(part => part.Cost.Scoring?.LoadSeconds ?? 0);

    private Workload Sample(ParseResult parsed, ModelSet models, GlidePipeline pipeline, InvertedNoise? noise)
    {
        string[] prompts = parsed.GetValue(_prompts)!;
        if (noise is null)
        {
            var candidates = SamplingOptions.Requests(parsed, prompts);
            RunSheets.CheckCandidates(_views.Read(parsed), candidates.Count);
            var sampling = parsed.Given().Sampling();
            var planned = SamplingOptions.Apply(parsed, Recipe.For(models, "sample"), QualityPreset.ForPrompts, models);
            return Workload.Of(candidates, planned, sampling.KeepBest, sampling.CheckedCull());
        }
        var recipe = NoiseFileOption.RecipeFor(parsed, noise, models);
        var requests = NoiseFileOption.Requests(parsed, noise, prompts);
        RunSheets.CheckCandidates(_views.Read(parsed), requests.Count);
        new InvertedNoiseSampling(pipeline, recipe).Check(noise);
        return Workload.Of(requests, recipe, keepBest: null, cull: null);
    }

    private (IReadOnlyList<Workload> Works, int? Finished) Batch(CommandHost run, ParseResult parsed, ModelSet models,
        GlidePipeline pipeline, BatchInput input)
    {
        var shard = _batch.ShardOf(parsed);
        Action<string> warn = new BatchEvents(_error, asJson: false).Warn;
        var faults = new List<RowFault>();
        var before = _batch.Resumes(parsed) ? FinishedImages.Peek(_output.Read(parsed).Path ?? ".", shard) : null;
        var planned = new BatchPlan(
            new RowReader(parsed.Given(), models, input.Folder, warn), shard, before?.Lines ?? [])
            .Add(input.ReadToEnd(faults, run.Stop), faults);
        input.Check(faults, warn);
        int? finished = null;
        if (before is not null)
        {
            var found = before.Find(planned, pipeline.SettingsOf).ToList();
            planned = [.. found.Where(image => image.Done is null).Select(image => image.Image)];
            finished = found.Count - planned.Count;
        }
        return ([.. planned.GroupBy(image => (image.Request.And.Guiding.Count, image.Recipe.ToJson()))
            .Select(group => Workload.Of(group.First().Recipe, group.Count(), group.Key.Count))], finished);
    }
}
