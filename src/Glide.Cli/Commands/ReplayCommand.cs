using System.CommandLine;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Pipelines;

namespace Glide.Cli.Commands;

/// <summary><c>glide replay</c>: makes a picture again from what it says about itself.</summary>
internal sealed class ReplayCommand : Command, IExamples
{
    private readonly Argument<string[]> _pictures = new("PICTURE")
    {
        Description = "A PNG that glide wrote.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<bool> _check = OptionValues.Flag("--check", "Write nothing; only compare the pixels. Exit code 3 where they differ.");
    private readonly OutputOptions _output = new();
    private readonly ModelOptions _model = new();
    private readonly TextWriter _out;
    private readonly TextWriter _error;

    /// <summary>Builds the command.</summary>
    public ReplayCommand(TextWriter output, TextWriter error)
        : base("replay", "Makes a picture again from its own metadata and says whether the pixels match. Device, number type and threads are those of then, as far as they are here.")
    {
        _out = output;
        _error = error;
        Add(_pictures);
        Add(_check);
        _output.AddTo(this);
        _model.AddTo(this);
        SetAction(parsed => new GenerationRun(_output.Read(parsed), output, error).Execute(run =>
        {
            // All are read before the first is made.
            var records = parsed.GetValue(_pictures)!.Select(path => (path, record: Read(path))).ToList();
            var settings = _output.Read(parsed);
            var writer = parsed.GetValue(_check) ? null : new PictureWriter(settings, records.Count, _out);
            if (writer is not null)
                run.CleanUpIn(writer.Folder);
            foreach (var (path, record) in records)
            {
                var again = Make(run, parsed, record);
                if (writer is not null)
                    writer.Write(again);
                Compare(run, path, record, again);
            }
        }));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Examples { get; } = ["glide replay a-red-circle-7.png --check", "glide replay a-red-circle-7.png -o again.png"];

    private static PictureRecord Read(string path)
    {
        if (PictureFile.ReadSheet(path) is { } sheet)
            throw new UsageException($"'{path}' shows {sheet.Count} pictures; allowed are single ones; 'glide show' says how each of them was made");
        var record = PictureFile.ReadRecord(path) ??
            throw new UsageException($"'{path}' does not say how it was made; allowed are PNG files that glide wrote, with their text chunks");
        return record.Task == "sample" && record.Edit is null
            ? record
            : throw new UsageException($"'{path}' was made by '{record.Task}' from another picture, which is not in it; allowed are pictures of 'sample'");
    }

    private Picture Make(GenerationRun run, ParseResult parsed, PictureRecord record)
    {
        var models = run.FindModels(_model.Model(parsed) ?? record.Model);
        using var pipeline = GlidePipeline.Open(models, _model.Engine(parsed, record.Device, record.Dtype, record.Threads));
        Picture? made = null;
        var progress = new ConsoleProgress(_error, _output.Read(parsed).Quiet, ConsoleProgress.CanAnimate);
        progress.Run(report => pipeline.Run([new PictureRequest(record.Prompt, record.Seed) { Negative = record.Negative }], record.Recipe, new RunOptions
        {
            Finished = picture => made = picture,
            Progress = report,
            Cancellation = run.Stop,
        }));
        return made!;
    }

    private void Compare(GenerationRun run, string path, PictureRecord before, Picture again)
    {
        var pixels = PictureFile.ReadPixels(path);
        bool isSame = pixels.Width == again.Image.Width && pixels.Height == again.Image.Height && pixels.Pixels.AsSpan().SequenceEqual(again.Image.Pixels);
        if (isSame)
        {
            run.Notice($"{path}: the pixels match");
            return;
        }
        run.Result = ExitCode.Partial;
        var differences = Differences(before, again.Record).ToList();
        string reason = differences.Count > 0 ? string.Join("; ", differences) : "nothing that the picture says is different, so its pixels were changed afterwards";
        _error.WriteLine($"error: {path}: the pixels differ; {reason}");
    }

    private static IEnumerable<string> Differences(PictureRecord before, PictureRecord now)
    {
        foreach (var (name, old, present) in new[]
        {
            ("model", before.Model, now.Model),
            ("model hash", before.ModelHash, now.ModelHash),
            ("device", before.Device, now.Device),
            ("dtype", before.Dtype, now.Dtype),
            ("version", before.Version, now.Version),
            ("threads", $"{before.Threads}", $"{now.Threads}"),
        })
        {
            if (old != present)
                yield return $"{name} was {old}, is {present}";
        }
    }
}
