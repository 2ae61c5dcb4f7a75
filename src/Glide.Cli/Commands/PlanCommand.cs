using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Glide.Batches;
using Glide.Cli.Batches;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.ModelStore;
using Glide.Pipelines;
using Glide.Pipelines.Planning;

namespace Glide.Cli.Commands;

/// <summary><c>glide plan</c>: what a run will take, before it is begun.</summary>
internal sealed class PlanCommand : Command, IExamples
{
    private readonly Argument<string[]> _prompts = new("PROMPT") { Description = "As for 'glide sample'.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> _batch = OptionValues.Text("--batch", [], "FILE", "Plan a file as for 'glide batch' instead of prompts.", path => path.Length > 0 ? null : "a file");
    private readonly Option<string?> _output = OptionValues.Text("--output", ["-o"], "PATH",
        "Where the pictures would go, to see how much room there is. Default: the current folder.", path => path.Trim().Length > 0 ? null : "a file or a folder");
    private readonly Option<bool> _json = OptionValues.Flag("--json", "Print one JSON object.");
    private readonly Option<bool> _quiet = OptionValues.Flag("--quiet", "Print no notices.", "-q");
    private readonly Option<bool> _verbose = OptionValues.Flag("--verbose", "Print errors with their stack trace.", "-v");
    private readonly SamplingOptions _sampling = new();
    private readonly ModelOptions _model = new();
    private readonly TextWriter _out;

    /// <summary>Builds the command.</summary>
    public PlanCommand(TextWriter output, TextWriter error)
        : base("plan", "Predicts time, memory and disk of a run on this machine from a few steps of each network, and the batch size that it would take. Exit code 6 where the run does not fit.")
    {
        _out = output;
        Add(_prompts);
        Add(_batch);
        foreach (var option in new Option[] { _output, _json, _quiet, _verbose })
            Add(option);
        _sampling.AddTo(this);
        _model.AddTo(this);
        Validators.Add(result =>
        {
            bool hasPrompts = result.GetResult(_prompts) is { Tokens.Count: > 0 };
            if (hasPrompts == (result.GetResult(_batch) is { Implicit: false }))
                result.AddError(hasPrompts ? "prompts and --batch contradict each other; leave one out" : "PROMPT is missing; see 'glide plan --help'");
        });
        SetAction(parsed => new GenerationRun(
            new OutputSettings(parsed.GetValue(_output), Overwrite: false, parsed.GetValue(_json), parsed.GetValue(_quiet), parsed.GetValue(_verbose)), output, error)
            .Execute(run => Plan(run, parsed)));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Examples { get; } =
    [
        "glide plan \"a corgi\" -n 100",
        "glide plan \"a corgi\" -n 100 --quality fast --json",
        "glide plan --batch prompts.txt -o pictures",
    ];

    private void Plan(GenerationRun run, ParseResult parsed)
    {
        double startSeconds = (DateTime.Now - Process.GetCurrentProcess().StartTime).TotalSeconds;
        var models = run.FindModels(_model.Model(parsed));
        var groups = Groups(parsed, models);
        using var sizes = GlidePipeline.Open(models, _model.Engine(parsed));
        using var meter = CostMeter.Open(models, _model.Engine(parsed));
        var costs = new List<(Recipe Recipe, int Pictures, RunCost Cost)>();
        foreach (var (recipe, pictures) in groups)
        {
            int most = _model.BatchSize(parsed) ?? (parsed.IsGiven(_batch) ? sizes.CountSideBySide(recipe) : sizes.BatchSizeOf(recipe));
            costs.Add((recipe, pictures, meter.Measure(recipe, Math.Min(most, pictures), run.Stop)));
        }

        double loading = costs.SelectMany(row => new[] { row.Cost.Base, row.Cost.Upsample }).OfType<StageCost>().GroupBy(stage => stage.Network).Sum(stages => stages.Max(stage => stage.LoadSeconds));
        var forecast = new RunForecast(
            costs, startSeconds + loading, costs.Sum(row => row.Cost.SecondsFor(row.Pictures, row.Recipe)), CostMeter.PeakBytes, CostMeter.AvailableBytes,
            costs.Sum(row => row.Cost.MostBytesFor(row.Pictures)), FreeBytes(parsed.GetValue(_output) ?? "."), meter.Device);
        if (parsed.GetValue(_json))
            _out.WriteLine(JsonLine.Of(forecast.ToJson()));
        else
            forecast.Print(_out);
        if (forecast.DiskBytes > forecast.FreeBytes)
            throw new ResourceException($"the pictures may not fit on the disk; they take up to {ByteSize.Text(forecast.DiskBytes)}, free are {ByteSize.Text(forecast.FreeBytes)}; free some space or choose another folder with --output");
    }

    private IReadOnlyList<(Recipe Recipe, int Pictures)> Groups(ParseResult parsed, ModelSet models)
    {
        var published = Recipe.For(models, "sample");
        if (parsed.GetValue(_batch) is not { } file)
            return [(_sampling.Apply(parsed, published), _sampling.Requests(parsed, parsed.GetValue(_prompts)!).Count)];
        var faults = new List<RowFault>();
        var pictures = new BatchPlan(new RowReader(parsed, models, Path.GetDirectoryName(file) ?? "", _ => { }), Shard.Whole).Add(BatchFile.Read(file, faults), faults);
        if (faults.Count > 0)
            throw new UsageException(string.Join("\nerror: ", faults.Select(fault => $"'{file}' {fault}")));
        return [.. pictures.GroupBy(picture => picture.Recipe.ToJson()).Select(group => (group.First().Recipe, group.Count()))];
    }

    // The folder may not be there yet; its disk is that of the nearest one that is.
    private static long FreeBytes(string folder)
    {
        string path = Path.GetFullPath(folder);
        while (!Directory.Exists(path))
            path = Path.GetDirectoryName(path)!;
        return new DriveInfo(path).AvailableFreeSpace;
    }

    /// <summary>What was found out.</summary>
    private sealed record RunForecast(
        IReadOnlyList<(Recipe Recipe, int Pictures, RunCost Cost)> Parts, double StartSeconds, double DrawSeconds, long? MemoryBytes, long AvailableBytes, long DiskBytes, long FreeBytes, string Device)
    {
        private const int Few = 100;

        private double Seconds => StartSeconds + DrawSeconds;

        private bool HasWeights => Parts.All(part => part.Cost.Base.HasWeights && part.Cost.Upsample?.HasWeights != false);

        public void Print(TextWriter output)
        {
            output.WriteLine($"device     {Device}");
            foreach (var (recipe, pictures, cost) in Parts)
            {
                output.WriteLine($"pictures   {pictures} of {cost.Width}x{cost.Width}, up to {cost.BatchSize} together");
                WriteStage("base", cost.Base, recipe.Base);
                if (cost.Upsample is not null)
                    WriteStage("upsample", cost.Upsample, recipe.Upsample!);
            }
            output.WriteLine($"time       {Duration(Seconds)}, of which {Duration(StartSeconds)} to start");
            output.WriteLine($"memory     {(MemoryBytes is { } bytes ? ByteSize.Text(bytes) : "unknown")}; {ByteSize.Text(AvailableBytes)} available beside");
            output.WriteLine($"disk       at most {ByteSize.Text(DiskBytes)}; {ByteSize.Text(FreeBytes)} free");
            if (!HasWeights)
                output.WriteLine("weights    not all on this machine; measured with others of the same size");

            void WriteStage(string name, StageCost stage, StageRecipe settings) => output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{name,-10} {settings.CountPasses()} passes of {stage.PassSeconds:0.000} s, {settings.Sampler} {settings.Steps}, network {stage.Network}"));
        }

        public JsonObject ToJson() => new()
        {
            ["device"] = Device,
            ["pictures"] = Parts.Sum(part => part.Pictures),
            ["seconds"] = Math.Round(Seconds, 2),
            ["start_seconds"] = Math.Round(StartSeconds, 2),
            ["memory_bytes"] = MemoryBytes,
            ["available_bytes"] = AvailableBytes,
            ["disk_bytes"] = DiskBytes,
            ["free_bytes"] = FreeBytes,
            ["has_weights"] = HasWeights,
            ["parts"] = new JsonArray([.. Parts.Select(part => new JsonObject
            {
                ["pictures"] = part.Pictures,
                ["width"] = part.Cost.Width,
                ["batch_size"] = part.Cost.BatchSize,
                ["base"] = Stage(part.Cost.Base, part.Recipe.Base),
                ["upsample"] = part.Cost.Upsample is null ? null : Stage(part.Cost.Upsample, part.Recipe.Upsample!),
            })]),
        };

        private static JsonObject Stage(StageCost stage, StageRecipe settings) => new()
        {
            ["network"] = stage.Network,
            ["passes"] = settings.CountPasses(),
            ["seconds_per_pass"] = Math.Round(stage.PassSeconds, 4),
            ["load_seconds"] = Math.Round(stage.LoadSeconds, 3),
        };

        private static string Duration(double seconds) => seconds < Few
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s")
            : TimeSpan.FromSeconds(Math.Round(seconds)).ToString("c", CultureInfo.InvariantCulture);
    }
}
