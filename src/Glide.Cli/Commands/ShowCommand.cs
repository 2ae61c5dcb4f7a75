using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Pipelines;
using Glide.Pipelines.Settings;
using Glide.Sheets;

namespace Glide.Cli.Commands;

/// <summary><c>glide show</c>: how an image was made, as it says itself.</summary>
internal sealed class ShowCommand : Command, IExamples
{
    private readonly Argument<string[]> _images = new("IMAGE")
    {
        Description = "An image that glide wrote.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<bool> _json = OptionValues.Flag("--json", "Print one JSON object per image.");
    private readonly Option<bool> _verbose =
        OptionValues.Flag("--verbose", "Print errors with their stack trace.", "-v");

    public ShowCommand(TextWriter output, TextWriter error)
        : base("show")
    {
        Add(_images);
        Add(_json);
        Add(_verbose);
        SetAction(parsed =>
        {
            int result = ExitCode.Done;
            int ended = ModelsRun.Execute(error, parsed.GetValue(_verbose), _ => result = Show(parsed, output, error));
            return ended == ExitCode.Done ? result : ended;
        });
    }

    public IReadOnlyList<string> Examples { get; } =
        ["glide show a-red-circle-7.png", "glide show a-red-circle-7.png --json"];

    // One bad file among several does not hide the others.
    private int Show(ParseResult parsed, TextWriter output, TextWriter error)
    {
        string[] paths = parsed.GetValue(_images)!;
        var reporter = new ErrorReporter(error, parsed.GetValue(_verbose));
        int failed = 0, exitCode = ExitCode.Done;
        foreach (string path in paths)
        {
            try
            {
                output.WriteLine(Read(path, parsed.GetValue(_json)));
            }
            catch (GlideException exception)
            {
                failed++;
                exitCode = reporter.Report(exception);
            }
        }
        return failed > 0 && failed < paths.Length ? ExitCode.Partial : exitCode;
    }

    private static string Read(string path, bool json)
    {
        if (GeneratedImageFile.ReadRecord(path) is { } record)
            return json ? record.ToJsonLine(path) : Describe(path, record);
        if (SheetRecord.Read(path) is { } sheet)
            return json ? sheet.ToJson() : Describe(path, sheet);
        if (ProofRecord.Read(path) is { } drafts)
            return json ? drafts.ToJson() : Describe(path, drafts);
        throw new UsageException(
            $"'{path}' does not say how it was made; allowed are images that glide wrote, with their metadata; "
                + "another program may have removed it");
    }

    private static string Describe(string path, ImageMetadata record)
    {
        var rows = new List<(string Name, string Text)>
        {
            ("file", path),
            ("prompt", record.Prompt),
            ("seed", $"{record.Seed}"),
            ("task", record.Task),
            ("model", $"{record.Model} ({record.ModelHash})"),
            ("size", $"{record.Width}x{record.Height}"),
            MadeWith(record.Version, record.Device, record.Dtype, record.Threads),
        };
        foreach (var (network, weights) in record.Weights ?? new Dictionary<string, WeightsRecord>())
        {
            if (weights is null)
                continue;
            string key = weights.Key is null ? "" : $", key {weights.Key}";
            rows.Insert(5, ("weights", $"{network} from {weights.File} ({weights.Sha256}{key})"));
        }
        rows.InsertRange(5, (record.Loras ?? []).Where(lora => lora is not null).Select(lora =>
            ("lora", $"{lora.File}:{SettingKind.Text(lora.Weight)} on {lora.Network} ({lora.Sha256})")));
        if (record.Negative.Length > 0)
            rows.Insert(2, ("negative", record.Negative));
        if (record.And is { } and)
            rows.Insert(2, (SamplingTable.And, and));
        if (record.Score is { } score)
            rows.Add(("score", Describe(score, record.Choice)));
        if (record.Edit is { } edit)
            rows.AddRange(Describe(edit));
        rows.AddRange(Describe(record.Recipe));
        return Lines(rows);
    }

    private static string Describe(double score, RerankChoice? choice)
    {
        string chosen = choice is null ? "" : $", chosen from {choice.BestOf}";
        string culled = choice?.Cull is null
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $", cull {choice.Cull}, {choice.ScoreAtCull:F4} then");
        return string.Create(CultureInfo.InvariantCulture, $"{score:F4}{chosen}{culled}");
    }

    private static string Describe(string path, SheetRecord sheet)
    {
        var rows = new List<(string Name, string Text)>
        {
            ("file", path),
            ("task", $"{sheet.Task} of {Counted.Of(sheet.Count, "image")}"),
            ("model", $"{sheet.Model} ({sheet.ModelHash})"),
            MadeWith(sheet.Version, sheet.Device, sheet.Dtype, sheet.Threads),
        };
        for (int number = 0; number < sheet.Recipes.Count; number++)
        {
            if (sheet.Recipes.Count > 1)
                rows.Add(("recipe", $"{number + 1}"));
            rows.AddRange(Describe(sheet.Recipes[number]));
        }
        foreach (var image in sheet.Images)
        {
            string recipe = sheet.Recipes.Count > 1 ? $", recipe {image.Recipe + 1}" : "";
            rows.Add(("image", $"{image.Prompt}{And(image.And)}, seed {image.Seed}{recipe}"));
        }
        return Lines(rows);
    }

    private static string Describe(string path, ProofRecord sheet)
    {
        var settings = sheet.Settings;
        var rows = new List<(string Name, string Text)>
        {
            ("file", path),
            ("task", $"{Counted.Of(sheet.Drafts.Count, "small image")} to be finished"),
            ("model", $"{settings.Model} ({settings.ModelHash})"),
            MadeWith(settings.Version, settings.Device, settings.Dtype, sheet.Threads),
        };
        rows.AddRange(Describe(settings.Recipe));
        foreach (var (index, draft) in sheet.Drafts.Index())
        {
            string score = draft.Score is { } value ? $", score {Describe(value, draft.Choice)}" : "";
            rows.Add(("image", $"{index + 1}: {draft.Prompt}{And(draft.And)}, seed {draft.Seed}{score}"));
        }
        return Lines(rows);
    }

    private static IEnumerable<(string Name, string Text)> Describe(EditRecord edit)
    {
        yield return ("made from", $"image {edit.Image}{(edit.Other is null ? "" : $" and image {edit.Other}")}");
        if (edit.Amount is { } amount)
            yield return ("amount", Number(amount));
        if (edit.Windows is { Count: > 0 } windows)
            yield return ("painted in", $"{string.Join("; ", windows)} (left, top, side)");
        for (int index = 0; index < (edit.Prompts?.Count ?? 0); index++)
            yield return ($"prompt {index + 1}", edit.Prompts![index]);
        if (edit.Inversion is { } inversion)
            yield return ("inversion", Describe(Recipe.Of(inversion)).First().Text);
    }

    private static (string Name, string Text) MadeWith(string version, string device, string dtype, int threads) =>
        ("made with", $"glide {version}, {device}, {dtype}, {Counted.Of(threads, "thread")}");

    private static string And(string? prompts) => prompts is null ? "" : $" | {prompts}";

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private static IEnumerable<(string Name, string Text)> Describe(Recipe recipe) =>
        JsonNode.Parse(recipe.ToJson())!["stages"]!.AsArray().Select((stage, place) => (
            Recipe.NameOf(place),
            string.Join(", ", stage!.AsObject().Select(field => $"{field.Key.Replace('_', ' ')} {field.Value}"))));

    private static string Lines(IEnumerable<(string Name, string Text)> rows) =>
        string.Join('\n', rows.Select(row => $"{row.Name,-10} {Messages.OneLine(row.Text)}"));
}
