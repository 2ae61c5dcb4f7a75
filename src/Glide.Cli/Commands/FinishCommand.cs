using System.CommandLine;
using System.Globalization;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Pipelines;
using Glide.Pipelines.Settings;
using Glide.Sheets;

namespace Glide.Cli.Commands;

/// <summary><c>glide finish</c>: enlarges chosen images of a sheet.</summary>
internal sealed class FinishCommand : Command, IExamples
{
    private readonly Argument<string> _sheet =
        new("SHEET") { Description = "A PNG that 'glide sample --no-upsample --sheet' wrote." };
    private readonly Argument<string> _numbers =
        new("NUMBERS") { Description = "Which images: 3,17 or 1-4,9; or all." };
    private readonly OutputOptions _output = new();
    private readonly ModelOptions _model = new();

    public FinishCommand(TextWriter output, TextWriter error)
        : base("finish",
            "Device, number type and threads are the original ones if this machine has them.")
    {
        Add(_sheet);
        Add(_numbers);
        _output.AddTo(this);
        _model.AddTo(this);
        SetAction(parsed => new CommandHost(_output.Read(parsed), output, error)
            .Execute(run => Finish(run, parsed, error)));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide finish stars.png 3,17",
        "glide finish stars.png 1-4 -o stars",
    ];

    private void Finish(CommandHost run, ParseResult parsed, TextWriter error)
    {
        string path = parsed.GetValue(_sheet)!;
        var sheet = ProofSheet.Read(path);
        int[] numbers = Numbers(parsed.GetValue(_numbers)!, sheet.Record.Drafts.Count, path);
        var settings = sheet.Record.Settings;
        RecipeChanges.Check(settings.Recipe, path);
        var models = WeightsRecord.Require(run.FindModels(_model.Model(parsed), path, settings.Model),
            settings.Weights, path);
        models = LoraRecord.Require(models, settings.Loras, path);
        var chosen = new Queue<ProofImage>(numbers.Select(number => sheet.Record.Drafts[number - 1]));
        var job = _model.Job(parsed, models, numbers.Length) with
        {
            Device = _model.Device(parsed, path, settings.Device, settings.Dtype, sheet.Record.Threads),
        };
        run.Make(job, (pipeline, options) =>
        {
            if (pipeline.SettingsOf(settings.Recipe).ModelHash != settings.ModelHash)
            {
                Messages.Warn(error,
                    $"the models are not those that drew '{path}'; the images may differ from those that 'glide "
                        + $"sample' made then");
            }
            pipeline.Run([.. numbers.Select(sheet.Request)], settings.Recipe, options with
            {
                Finished = image =>
                {
                    var draft = chosen.Dequeue();
                    var record = image.Record with { Score = draft.Score, Choice = draft.Choice };
                    options.Finished(image with { Record = record });
                },
            });
        });
    }

    private static int[] Numbers(string text, int count, string path)
    {
        if (text.Trim() == "all")
            return [.. Enumerable.Range(1, count)];
        var numbers = new List<int>();
        foreach (string part in text.Split(','))
        {
            string[] ends = part.Split('-');
            if (ends.Length > 2 || !TryParse(ends[0], out int first) || !TryParse(ends[^1], out int last)
                || first > last)
            {
                throw new UsageException(
                    $"bad NUMBERS; found '{text}'; allowed are numbers of '{path}', 1 to {count}, such as 1,3 or 2-4, "
                        + $"or all");
            }
            if (first < 1 || last > count)
            {
                throw new UsageException(
                    $"'{path}' has no image {(first < 1 ? first : last)}; allowed are 1 to {count}; look at the "
                        + $"numbers below the images");
            }
            numbers.AddRange(Enumerable.Range(first, last - first + 1));
        }
        return [.. numbers.Distinct()];

        static bool TryParse(string number, out int value) =>
            int.TryParse(number, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture, out value);
    }
}
