using System.CommandLine;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Editing;
using Glide.Images;
using Glide.Pipelines;
using Glide.Pipelines.Settings;
using Glide.Sheets;

namespace Glide.Cli.Commands;

/// <summary><c>glide replay</c>: makes an image again from what it says about itself.</summary>
internal sealed class ReplayCommand : Command, IExamples
{
    private readonly Argument<string[]> _images = new("IMAGE")
    {
        Description = "An image that 'sample', 'edit' or 'upscale' wrote.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<bool> _check = OptionValues.Flag("--check",
        "Write nothing; only compare the pixels. Exit code 3 where they differ.");
    private readonly Option<string?> _image = OptionValues.Text("--image", ["-i"], "FILE",
        "The image that an edited or enlarged one was made from.", path => path.Length > 0 ? null : "a file");
    private readonly OutputOptions _output = new();
    private readonly ModelOptions _model = new();
    private readonly TextWriter _out;
    private readonly TextWriter _error;

    public ReplayCommand(TextWriter output, TextWriter error)
        : base("replay",
            "Device, number type and threads are the original ones if this machine has them.")
    {
        _out = output;
        _error = error;
        Add(_images);
        Add(_check);
        Add(_image);
        _output.AddTo(this);
        _model.AddTo(this);
        SetAction(parsed => new CommandHost(_output.Read(parsed), output, error).Execute(run =>
        {
            // All are read before the first is made.
            var source = parsed.GetValue(_image) is { } image ? InitImage.Load(image) : null;
            var records = parsed.GetValue(_images)!.Select(path => (path, record: Read(path, source))).ToList();
            var settings = _output.Read(parsed);
            var writer = parsed.GetValue(_check) ? null : new ImageWriter(settings, records.Count, _out)
            {
                Notice = run.Notice
            };
            if (writer is not null)
                run.CleanUpIn(writer.Folder);
            foreach (var (path, record) in records)
            {
                var again = Make(run, parsed, path, record, source);
                bool isSame = Compare(run, path, record, again);
                if (writer is null)
                    continue;
                // The same image keeps its score, and from how many it was chosen.
                writer.Write(isSame ? again with
                {
                    Record =
                    again.Record with { Score = record.Score, Choice = record.Choice }
                } : again);
                if (!isSame && record.Score is not null)
                {
                    Messages.Warn(error,
                        $"{path}: the score that it was chosen by is left out, since the new image is another one");
                }
            }
        }));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide replay a-red-circle-7.png --check",
        "glide replay a-red-circle-7.png -o again.png",
        "glide replay large.png --image small.png --check",
    ];

    private static ImageMetadata Read(string path, InitImage? source)
    {
        if (SheetRecord.Read(path) is { } sheet)
        {
            throw new UsageException(
                $"'{path}' shows {Counted.Of(sheet.Count, "image")}; allowed are single ones; 'glide show' says "
                    + $"how each of them was made");
        }
        var record = GeneratedImageFile.ReadRepeatableRecord(path) ??
            throw new UsageException(
                $"'{path}' does not say how it was made; allowed are images that glide wrote, with their metadata");
        RecipeChanges.Check(record.Recipe, path);
        RecipeChanges.Check(new SamplingSettings
        {
            Seed = record.Seed,
            Negative = record.Negative,
            And = ComposedPrompts.FromRecord(record.And),
        }, path);
        switch (record)
        {
            case { Task: "sample", Edit: null } when source is not null:
                throw new UsageException($"'{path}' was made from noise alone, not from an image; leave --image out");
            case { Task: "sample", Edit: null }:
                return record;
            case { Task: not ("edit" or "upscale") } or { Edit: null }:
                string missing = record.Task switch
                {
                    "inpaint" => "with an image and masks that are not in it",
                    "sample" => "with --from-noise, from the noise of another image, which is not in it",
                    _ => "from another image, which is not in it",
                };
                throw new UsageException(
                    $"'{path}' was made by '{record.Task}' {missing}; allowed are images of 'sample' from noise of its "
                        + "own, of 'edit' and of 'upscale'; "
                    + "give the command that made it again, with the seed and settings that 'glide show' prints");
        }
        if (source is null)
        {
            throw new UsageException(
                $"'{path}' was made by '{record.Task}' from another image, which is not in it; give that image with "
                    + $"--image");
        }
        return source.Hash == record.Edit?.Image
            ? record
            : throw new UsageException(
                $"--image is not the image that '{path}' was made from; its pixels have the hash {source.Hash}, "
                    + $"recorded is {record.Edit?.Image}; give that image");
    }

    private GeneratedImage Make(CommandHost run, ParseResult parsed, string path, ImageMetadata record,
        InitImage? source)
    {
        var models = WeightsRecord.Require(run.FindModels(_model.Model(parsed), path, record.Model), record.Weights,
            path);
        models = LoraRecord.Require(models, record.Loras, path);
        using var pipeline = GlidePipeline.Open(models,
            _model.Device(parsed, path, record.Device, record.Dtype, record.Threads));
        GeneratedImage? made = null;
        var progress = new ConsoleProgress(_error, _output.Read(parsed).Quiet, ConsoleProgress.CanAnimate);
        progress.Run(report => Draw(pipeline, record, source, new RunOptions
        {
            Task = record.Task,
            Finished = image => made = image,
            Progress = report,
            Cancellation = run.Stop,
        }));
        return made!;
    }

    private static void Draw(GlidePipeline pipeline, ImageMetadata record, InitImage? source, RunOptions options)
    {
        ImageRequest[] requests =
        [
            new(record.Prompt, record.Seed)
            {
                Negative = record.Negative,
                And = ComposedPrompts.FromRecord(record.And),
            },
        ];
        var first = record.Recipe.Base;
        if (record.Task == "edit")
        {
            new Img2Img(pipeline, record.Recipe)
            {
                Alpha = source!.Alpha,
                Strength = first.Strength ?? 1,
                KeepStructure = first.KeepStructure,
                KeepStructureUntil = first.KeepStructureUntil,
            }.Run(source.Image, requests, options);
        }
        else if (record.Task == "upscale")
        {
            new Upscaling(pipeline, Recipe.Of(first, first)) { Alpha = source!.Alpha }
                .Run(source.Image, requests, options);
        }
        else
        {
            pipeline.Run(requests, record.Recipe, options);
        }
    }

    private bool Compare(CommandHost run, string path, ImageMetadata before, GeneratedImage again)
    {
        var file = ImageFile.Load(path);
        bool isJpeg = file.Format == ImageFormat.Jpeg;
        var (pixels, now) = (file.Image, GeneratedImageFile.AsStored(again, file.Format));
        bool isSame = pixels.Width == now.Width && pixels.Height == now.Height
            && pixels.Pixels.AsSpan().SequenceEqual(now.Pixels)
            && (isJpeg || IsSameAlpha(file.Alpha, again.Alpha));
        if (isSame)
        {
            run.Notice($"{path}: the pixels match{(isJpeg ? ", after the same JPEG compression" : "")}");
            return true;
        }
        run.Result = ExitCode.Partial;
        var differences = Differences(before, again.Record).ToList();
        string reason = differences.Count > 0 ? string.Join("; ", differences)
            : IsRounding(pixels, now)
                ? "by one level at most, as where it was drawn together with others (--count, --batch-size)"
            : "nothing that the image says is different, so its pixels were changed afterwards"
                + (isJpeg ? ", or compressed by another program" : "");
        Messages.Fail(_error, $"{path}: the pixels differ; {reason}");
        return false;
    }

    private static bool IsSameAlpha(byte[]? before, byte[]? now) =>
        before is null ? now is null : now is not null && before.AsSpan().SequenceEqual(now);

    // In a pass with others sums are added in another order.
    private static bool IsRounding(RgbImage before, RgbImage now) =>
        before.Width == now.Width && before.Height == now.Height && before.Pixels.Zip(now.Pixels)
            .All(pair => Math.Abs(pair.First - pair.Second) <= 1);

    private static IEnumerable<string> Differences(ImageMetadata before, ImageMetadata now)
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
