using System.CommandLine;
using System.CommandLine.Parsing;
using Glide.Batches;
using Glide.Cli.Batches;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Pipelines.Settings;

namespace Glide.Cli.Commands;

/// <summary><c>glide batch</c>: images from a file of prompts, unattended.</summary>
internal sealed class BatchCommand : Command, IExamples
{
    private const int MostNamed = 5;

    private readonly Argument<string[]> _files = new("FILE")
    {
        Description =
            "Prompts, one per line; or .jsonl or .csv with fields prompt, output and options of 'glide sample', or "
                + "image, mask and options of 'glide inpaint'. - reads stdin. With --merge: folders.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<bool> _merge = OptionValues.Flag("--merge",
        "Merge the journals of shards in the folders and report what is missing.");
    private readonly BatchOptions _batch = new();
    private readonly OutputOptions _output = new();
    private readonly ViewOptions _views = new(hasFilm: false);
    private readonly SamplingOptions _sampling = new(SamplingTable.Choosing) { DefaultSeed = "the row's line number" };
    private readonly ModelOptions _model = new((WorkerDevice.All, "one worker process per GPU"));
    private readonly TextWriter _error;
    private readonly TextWriter _out;

    public BatchCommand(TextWriter output, TextWriter error)
        : base("batch",
            "A journal in the folder records what is finished. Without --seed, a row's seed is its line number.")
    {
        _out = output;
        _error = error;
        Add(_files);
        _batch.AddTo(this);
        Add(_merge);
        _output.AddTo(this);
        _views.AddTo(this);
        _sampling.AddTo(this);
        _model.AddTo(this);
        Validators.Add(result =>
        {
            if (result.GetResult(_merge) is null or { Implicit: true }
                && result.GetResult(_files) is { Tokens.Count: > 1 })
            {
                result.AddError("one FILE at a time; several folders go with --merge");
            }
            if (result.GetResult(_merge) is { Implicit: false }
                && result.GetResult(_batch.Resume) is { Implicit: false })
            {
                result.AddError("--merge and --resume contradict each other; leave one out");
            }
            if (result.GetResult(_views.Preview) is { Implicit: false } && _batch.TellsJson(result))
                result.AddError("--preview and --progress jsonl contradict each other; leave one out");
        });
        SetAction(parsed => new CommandHost(_output.Read(parsed), output, error).Execute(run =>
        {
            if (parsed.GetValue(_merge))
                Merge(run, parsed);
            else
                Make(run, parsed);
        }));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide batch prompts.txt -o images",
        "glide batch prompts.txt -o images --resume",
        "glide batch prompts.txt -o images --grid images.png",
        "glide batch rows.jsonl -o images --shard 2/3 --progress jsonl",
        "glide batch prompts.txt -o images --device cuda:all",
        "glide batch --merge images",
    ];

    private void Make(CommandHost run, ParseResult parsed)
    {
        var input = _batch.Input(parsed, parsed.GetValue(_files)![0]);
        var shard = _batch.ShardOf(parsed);
        bool isWorker = Environment.GetEnvironmentVariable(WorkerProcess.Variable) is { Length: > 0 };
        var events = new BatchEvents(_error, _batch.TellsJson(parsed));
        // A worker's parent has read the same rows and said what is odd about them.
        Action<string> warnOfRow = isWorker ? _ => { } : events.Warn;
        var workers = _model.Device(parsed).Device == WorkerDevice.All ? WorkerDevice.FindFor(input) : [];
        var (models, notice) = _model.Model(parsed).Find();
        var finished = _batch.Resumes(parsed) ? FinishedImages.Peek(_output.Read(parsed).Path ?? ".", shard).Lines : [];
        var plan = new BatchPlan(new RowReader(parsed.Given(), models, input.Folder, warnOfRow), shard, finished);
        var faults = new List<RowFault>();
        var (whole, total) = (new List<PlannedImage>(), (int?)null);
        if (!input.IsStandardInput)
        {
            whole = plan.Add(input.Read(faults), faults);
            input.Check(faults, warnOfRow);
            total = plan.Total;
        }
        if (notice is not null)
            run.Notice(notice);
        if (input.IsTyped)
            run.Notice("reading prompts from the terminal, one a line; Ctrl-D ends");
        Shard[] parts = [.. workers.Select((_, index) => shard.Part(index, workers.Count))];
        var display = events.AreJson
            ? new JsonProgress(_error)
            : Display(run, parsed, hasWorkers: workers.Count > 0, input.IsTyped);
        var output = display.Above(_out);
        var sheet = new BatchSheet(_views.Read(parsed), _output.Read(parsed).Overwrite, _batch.Resumes(parsed));
        var folder = new BatchFolder(_output.Read(parsed), shard, parts, _batch.Resumes(parsed), output);
        sheet.CheckName(folder.Path, whole);
        run.CleanUpIn(folder.Path);
        if (sheet.Folder is not null)
            run.CleanUpIn(sheet.Folder);
        run.FinishBatchOnInterrupt();
        if (isWorker)
            run.FollowParent();
        BatchOutcome? outcome = null;
        var work = new Work(models, input, plan, whole, total, faults) { Shard = shard };
        display.Run(progress => outcome = workers.Count > 0
            ? LetMake(run, parsed, folder, work, new DeviceWorkers(workers, output, events, progress))
            : MakeHere(run, parsed, folder, work, events, new RunOptions
            {
                Finished = _ => { },
                Warn = events.Warn,
                Progress = progress,
                Preview = display.Preview,
                StopAfterBatch = run.Stop,
            }));
        SayWhatIsLeftOver(run, folder.LeftOver);
        var failures = faults.OrderBy(fault => fault.Line).Select(fault => fault.ToString());
        Summarize(run, events, outcome! with { Failures = [.. failures, .. outcome.Failures] });
        sheet.Write(folder.Path, folder.Finished(whole), run.Notice);
    }

    private IProgressDisplay Display(CommandHost run, ParseResult parsed, bool hasWorkers, bool isTypedInto)
    {
        var views = _views.Read(parsed);
        if (views.Preview is null || !(hasWorkers || isTypedInto))
            return run.Display(views, isTypedInto);
        run.Notice(hasWorkers
            ? "no preview: several processes draw"
            : "no preview: prompts are typed into the terminal");
        return run.Display(views with { Preview = null }, isTypedInto);
    }

    private static void SayWhatIsLeftOver(CommandHost run, IReadOnlyList<string> images)
    {
        string more = images.Count > MostNamed ? $" and {images.Count - MostNamed} more" : "";
        if (images.Count > 0)
            run.Notice($"kept though FILE has no row for it: {string.Join(", ", images.Take(MostNamed))}{more}");
    }

    private BatchOutcome LetMake(CommandHost run, ParseResult parsed, BatchFolder folder, Work work,
        DeviceWorkers workers)
    {
        folder.CheckNames(work.Whole);
        try
        {
            run.Result = workers.Run(
                index => WorkerArguments(parsed, workers.Devices[index], work.Shard.Part(index, workers.Devices.Count)),
                _batch.FailsFast(parsed), run.Stop);
        }
        finally
        {
            int finished = folder.Join(work.Whole, work.Plan);
            if (run.Stop.IsCancellationRequested)
                SayHowToGoOn(finished);
        }
        return new BatchOutcome(folder.Join(work.Whole, work.Plan) - workers.Made, workers.Made, workers.Failures);
    }

    // The same command, but for its own device and part of the rows.
    private string[] WorkerArguments(ParseResult parsed, WorkerDevice device, Shard part)
    {
        string[] replaced = ["--device", "--shard", "--progress", "--quiet", "--grid", "--preview"];
        var kept = parsed.CommandResult.Children.OfType<OptionResult>()
            .Where(result => !result.Implicit && !replaced.Contains(result.Option.Name))
            .SelectMany(result => result.Tokens.Count == 0
                ? [result.Option.Name]
                : result.Tokens.SelectMany(token => new[] { result.Option.Name, token.Value }));
        return [Name, .. kept, "--device", device.Argument, "--shard", $"{part.Number}/{part.Count}", "--progress",
            "jsonl", "--quiet", "--", parsed.GetValue(_files)![0]];
    }

    private BatchOutcome MakeHere(CommandHost run, ParseResult parsed, BatchFolder folder, Work work,
        BatchEvents events, RunOptions options)
    {
        using var pipeline = GlidePipeline.Open(work.Models, _model.Device(parsed));
        var hashes = new Dictionary<string, RunSettings>();
        RunSettings SettingsOf(Recipe recipe) => hashes.TryGetValue(recipe.ToJson(), out var known)
            ? known
            : hashes[recipe.ToJson()] = pipeline.SettingsOf(recipe);
        int had = 0;
        var runner = new BatchRunner(
            new BatchGenerator(pipeline, together: _model.BatchSize(parsed) is not null).Make,
            image => _model.BatchSize(parsed)
                ?? pipeline.CountInParallel(image.Recipe, image.Request.And.Guiding.Count),
            (planned, image) => folder.Save(planned, image, SettingsOf(planned.Recipe), work.Total),
            options)
        {
            FailsFast = _batch.FailsFast(parsed),
            Halved = size => events.Warn($"out of memory; going on with --batch-size {size}"),
            Failed = failure => events.Failed(failure.Image.Line, ErrorReporter.FirstLine(failure.Error.Message)),
        };
        void MakeMissing(IReadOnlyList<PlannedImage> planned)
        {
            var missing = folder.Missing(planned, SettingsOf, work.Plan, work.Total);
            had += planned.Count - missing.Count;
            runner.Make(missing);
        }
        try
        {
            if (work.Total is null)
                MakeFromStandardInput(run, work, events, MakeMissing);
            else
                MakeMissing(work.Whole);
        }
        catch (BatchStoppedException)
        {
            run.Result = ExitCode.Partial;
        }
        catch (Exception) when (runner.Done > 0)
        {
            SayHowToGoOn(had + runner.Done);
            throw;
        }
        return new BatchOutcome(had, runner.Done,
            [.. runner.Failures.Select(failure =>
                $"line {failure.Image.Line}: {ErrorReporter.FirstLine(failure.Error.Message)}")]);
    }

    private static void MakeFromStandardInput(CommandHost run, Work work, BatchEvents events,
        Action<IReadOnlyList<PlannedImage>> make)
    {
        var faults = work.Faults;
        foreach (var rows in work.Input.ReadAsTheyCome(faults, run.Stop))
        {
            int before = faults.Count;
            var planned = work.Plan.Add(rows, faults);
            work.Whole.AddRange(planned);
            make(planned);
            work.Input.Check(faults[before..], events.Warn);
        }
        if (work.Plan.Total == 0 && faults.Count == 0)
            throw BatchInput.Empty;
    }

    private void SayHowToGoOn(int finished)
    {
        string images = Counted.Of(finished, "image is", "images are");
        if (Environment.GetEnvironmentVariable(WorkerProcess.Variable) is null)
            _error.WriteLine($"{images} finished; --resume goes on from there");
    }

    private static void Summarize(CommandHost run, BatchEvents events, BatchOutcome outcome)
    {
        foreach (string line in events.AreJson ? [JsonLine.Of(outcome.ToJson())] : outcome.ToLines())
            run.Notice(line);
        if (outcome.Failures.Count > 0 && run.Result == ExitCode.Done)
            run.Result = ExitCode.Partial;
    }

    private void Merge(CommandHost run, ParseResult parsed)
    {
        var folders = parsed.GetValue(_files)!;
        string target = _output.Read(parsed).Path ?? folders[0];
        var sheet = new BatchSheet(_views.Read(parsed), _output.Read(parsed).Overwrite, resumes: true);
        var merged = MergedJournal.Join(folders, target);
        GeneratedImageFile.Probe(target);
        var journal = new BatchJournal(target, Shard.Whole.JournalName);
        journal.Write(merged.Lines);
        _out.WriteLine(journal.Path);
        int total = merged.Lines.Count + merged.Missing.Count;
        run.Notice(Counted.Share(merged.Lines.Count, total, "image"));
        sheet.Write(target, merged.Lines, run.Notice);
        if (merged.Missing.Count == 0)
            return;
        run.Result = ExitCode.Partial;
        _error.WriteLine($"missing: {NumberRanges.Text(merged.Missing)}");
    }

    /// <summary>What a batch is to make.</summary>
    /// <param name="Models">With these.</param>
    /// <param name="Input">Where its rows come from.</param>
    /// <param name="Plan">Numbers and names the images.</param>
    /// <param name="Whole">All of them; of stdin those that have come.</param>
    /// <param name="Total">How many they are in all shards; <c>null</c> where they come from stdin.</param>
    /// <param name="Faults">Rows that are skipped.</param>
    private sealed record Work(ModelSet Models, BatchInput Input, BatchPlan Plan,
        List<PlannedImage> Whole, int? Total, List<RowFault> Faults)
    {
        /// <summary>This run's share of the batch.</summary>
        public required Shard Shard { get; init; }
    }
}
