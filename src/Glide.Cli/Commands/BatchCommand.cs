using System.CommandLine;
using Glide.Batches;
using Glide.Cli.Batches;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.ModelStore;
using Glide.Pipelines;

namespace Glide.Cli.Commands;

/// <summary><c>glide batch</c>: pictures from a file of prompts, unattended.</summary>
internal sealed class BatchCommand : Command, IExamples
{
    private const string StandardInput = "-";
    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = "Prompts, one a line; or .jsonl or .csv with fields prompt, output and options of 'glide sample'. - reads stdin. With --merge: folders.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<bool> _resume = OptionValues.Flag("--resume", "Go on where an earlier run of the same FILE stopped; make what is missing.");
    private readonly Option<bool> _keepGoing = OptionValues.Flag("--keep-going", "Skip rows that cannot be understood instead of refusing FILE.");
    private readonly Option<bool> _failFast = OptionValues.Flag("--fail-fast", "Stop at the first picture that cannot be made.");
    private readonly Option<string?> _shard = OptionValues.Text("--shard", [], "K/N",
        "Make every N-th row, from the K-th on. auto asks Slurm's array or Kubernetes' Indexed Job (with GLIDE_SHARDS).",
        text =>
        {
            _ = Shard.Parse(text, Environment.GetEnvironmentVariable);
            return null;
        });
    private readonly Option<bool> _merge = OptionValues.Flag("--merge", "Join the journals of shards in the folders, and say what is missing.");
    private readonly Option<string?> _format = OptionValues.OneOf("--format", [], "NAME", "Format of FILE: text, jsonl or csv. Default: by its name; text on stdin.", "text", "jsonl", "csv");
    private readonly Option<string?> _progress = OptionValues.OneOf("--progress", [], "FORM", "text or jsonl, one event a line on stderr. Default: text.", "text", "jsonl");
    private readonly OutputOptions _output = new();
    private readonly SamplingOptions _sampling = new();
    private readonly ModelOptions _model = new();
    private readonly TextWriter _error;
    private readonly TextWriter _out;

    /// <summary>Builds the command.</summary>
    public BatchCommand(TextWriter output, TextWriter error)
        : base("batch", "Draws the pictures of a file of prompts, unattended. A journal in the folder says what is finished. Without --seed a row's seed is its line number.")
    {
        _out = output;
        _error = error;
        Add(_files);
        foreach (var option in new Option[] { _resume, _keepGoing, _failFast, _shard, _merge, _format, _progress })
            Add(option);
        _output.AddTo(this);
        _sampling.AddTo(this);
        _model.AddTo(this);
        Validators.Add(result =>
        {
            if (result.GetResult(_merge) is null or { Implicit: true } && result.GetResult(_files) is { Tokens.Count: > 1 })
                result.AddError("one FILE at a time; several folders go with --merge");
            if (result.GetResult(_merge) is { Implicit: false } && result.GetResult(_resume) is { Implicit: false })
                result.AddError("--merge and --resume contradict each other; leave one out");
        });
        SetAction(parsed => new GenerationRun(_output.Read(parsed), output, error).Execute(run =>
        {
            if (parsed.GetValue(_merge))
                Merge(run, parsed);
            else
                Make(run, parsed);
        }));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Examples { get; } =
    [
        "glide batch prompts.txt -o pictures",
        "glide batch prompts.txt -o pictures --resume",
        "glide batch rows.jsonl -o pictures --shard 2/3 --progress jsonl",
        "glide batch --merge pictures",
    ];

    private void Make(GenerationRun run, ParseResult parsed)
    {
        var settings = _output.Read(parsed);
        string file = parsed.GetValue(_files)![0];
        var shard = Shard.Parse(parsed.GetValue(_shard) ?? "1/1", Environment.GetEnvironmentVariable);
        bool keepsGoing = parsed.GetValue(_keepGoing);
        var (models, notice) = ModelFolders.FromEnvironment().Find(_model.Model(parsed));
        var plan = new BatchPlan(new RowReader(parsed, Recipe.For(models, "sample")), shard);
        var faults = new List<RowFault>();
        var (whole, total) = (new List<PlannedPicture>(), (int?)null);
        if (file != StandardInput)
        {
            whole = plan.Add(ReadFile(parsed, file, faults), faults);
            Check(faults, keepsGoing, file);
            total = plan.Total;
        }
        if (notice is not null)
            run.Notice(notice);
        var folder = new BatchFolder(settings, shard, parsed.GetValue(_resume), _out);
        run.CleanUpIn(folder.Path);
        run.FinishBatchOnInterrupt();
        using var pipeline = GlidePipeline.Open(models, _model.Engine(parsed));
        var hashes = new Dictionary<string, RunSettings>();
        RunSettings SettingsOf(Recipe recipe) => hashes.TryGetValue(recipe.ToJson(), out var known) ? known : hashes[recipe.ToJson()] = pipeline.SettingsOf(recipe);
        int had = 0;
        Follow(parsed, settings.Quiet, progress =>
        {
            var runner = new BatchRunner(
                pipeline.Run,
                recipe => _model.BatchSize(parsed) ?? pipeline.ExactBatchSizeOf(recipe),
                (planned, picture) => folder.Save(planned, picture, SettingsOf(planned.Recipe), total),
                new RunOptions { Finished = _ => { }, Warn = text => _error.WriteLine($"warning: {text}"), Progress = progress, StopAfterBatch = run.Stop })
            {
                FailsFast = parsed.GetValue(_failFast),
                Halved = size => _error.WriteLine($"warning: out of memory; going on with --batch-size {size}"),
                Failed = failure => _error.WriteLine($"error: line {failure.Picture.Line}: {failure.Error.Message}"),
            };
            try
            {
                if (file == StandardInput)
                {
                    foreach (var rows in FromStandardInput(parsed, faults, run.Stop))
                    {
                        int before = faults.Count;
                        var planned = plan.Add(rows, faults);
                        var missing = folder.Missing(planned, SettingsOf);
                        had += planned.Count - missing.Count;
                        runner.Make(missing);
                        Check(faults[Math.Min(before, faults.Count)..], keepsGoing, "stdin");
                    }
                    if (plan.Total == 0)
                        Check(faults, keepsGoing, "stdin", isEmpty: true);
                }
                else
                {
                    var missing = folder.Missing(whole, SettingsOf);
                    had = whole.Count - missing.Count;
                    runner.Make(missing);
                }
            }
            catch (BatchStoppedException)
            {
                run.Result = ExitCode.Partial;
            }
            catch (Exception) when (runner.Done > 0)
            {
                _error.WriteLine($"{had + runner.Done} pictures are finished; --resume goes on from there");
                throw;
            }
            Summarize(run, runner, had, faults);
        });
    }

    private IReadOnlyList<BatchRow> ReadFile(ParseResult parsed, string file, List<RowFault> faults) => parsed.GetValue(_format) switch
    {
        null => BatchFile.Read(file, faults),
        var name => BatchFile.Read(file, FormatNamed(name), faults),
    };

    private IEnumerable<List<BatchRow>> FromStandardInput(ParseResult parsed, List<RowFault> faults, CancellationToken stop)
    {
        var format = FormatNamed(parsed.GetValue(_format) ?? "text");
        var input = Console.OpenStandardInput();
        if (format != BatchFormat.Csv)
            return new StandardInputRows(input, format).Read(faults, stop);
        using var bytes = new MemoryStream();
        input.CopyTo(bytes);
        return [[.. BatchFile.Parse(bytes.ToArray(), "stdin", format, faults)]];
    }

    private static BatchFormat FormatNamed(string name) => name switch
    {
        "jsonl" => BatchFormat.JsonLines,
        "csv" => BatchFormat.Csv,
        _ => BatchFormat.Text,
    };

    // All faults at once, before anything is made.
    private void Check(List<RowFault> faults, bool keepsGoing, string file, bool isEmpty = false)
    {
        if (isEmpty && faults.Count == 0)
            throw new UsageException($"there are no prompts in {file}; write one prompt a line");
        if (faults.Count == 0)
            return;
        if (!keepsGoing)
            throw new UsageException(string.Join("\nerror: ", faults.Select(fault => $"'{file}' {fault}")));
        foreach (var fault in faults)
            _error.WriteLine($"warning: '{file}' {fault}; skipped");
    }

    private static void Summarize(GenerationRun run, BatchRunner runner, int had, List<RowFault> faults)
    {
        int total = had + runner.Done + runner.Failures.Count + faults.Count;
        string kept = had > 0 ? $", {had} of them from before" : "";
        run.Notice($"{had + runner.Done} of {total} pictures{kept}");
        if (faults.Count + runner.Failures.Count == 0)
            return;
        run.Result = ExitCode.Partial;
        foreach (string failure in faults.Select(fault => fault.ToString()).Concat(runner.Failures.Select(failure => $"line {failure.Picture.Line}: {failure.Error.Message}")))
            run.Notice($"failed: {failure}");
    }

    private void Follow(ParseResult parsed, bool quiet, Action<IProgress<GenerationProgress>> work)
    {
        if (parsed.GetValue(_progress) == "jsonl")
            work(new JsonProgress(_error));
        else
            new ConsoleProgress(_error, quiet, ConsoleProgress.CanAnimate).Run(work);
    }

    private void Merge(GenerationRun run, ParseResult parsed)
    {
        var folders = parsed.GetValue(_files)!;
        string target = _output.Read(parsed).Path ?? folders[0];
        var merged = MergedJournal.Join(folders, target);
        PictureFile.Probe(target);
        var journal = new BatchJournal(target, Shard.Whole.JournalName);
        journal.Write(merged.Lines);
        _out.WriteLine(journal.Path);
        int total = merged.Lines.Count + merged.Missing.Count;
        run.Notice($"{merged.Lines.Count} of {total} pictures");
        if (merged.Missing.Count == 0)
            return;
        run.Result = ExitCode.Partial;
        _error.WriteLine($"missing: {string.Join(", ", merged.Missing)}");
    }
}
