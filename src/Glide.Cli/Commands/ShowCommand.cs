using System.CommandLine;
using System.Text.Json.Nodes;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Pipelines;

namespace Glide.Cli.Commands;

/// <summary><c>glide show</c>: how a picture was made, as it says itself.</summary>
internal sealed class ShowCommand : Command, IExamples
{
    private readonly Argument<string[]> _pictures = new("PICTURE")
    {
        Description = "A PNG that glide wrote.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<bool> _json = OptionValues.Flag("--json", "Print one JSON object a picture.");
    private readonly Option<bool> _verbose = OptionValues.Flag("--verbose", "Print errors with their stack trace.", "-v");

    /// <summary>Builds the command.</summary>
    public ShowCommand(TextWriter output, TextWriter error)
        : base("show", "Shows prompt, seed, settings, model and version of a picture.")
    {
        Add(_pictures);
        Add(_json);
        Add(_verbose);
        SetAction(parsed => ModelsRun.Execute(error, parsed.GetValue(_verbose), _ =>
        {
            // All are read before any is shown.
            var records = parsed.GetValue(_pictures)!.Select(path => (path, record: Read(path))).ToList();
            foreach (var (path, record) in records)
                output.WriteLine(parsed.GetValue(_json) ? record.ToJsonLine(path, 0) : Describe(path, record));
        }));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Examples { get; } = ["glide show a-red-circle-7.png", "glide show a-red-circle-7.png --json"];

    private static PictureRecord Read(string path) =>
        PictureFile.ReadRecord(path) ??
        throw new UsageException($"'{path}' does not say how it was made; allowed are PNG files that glide wrote, with their text chunks; another program may have taken them off");

    private static string Describe(string path, PictureRecord record)
    {
        var rows = new List<(string Name, string Text)>
        {
            ("file", path),
            ("prompt", record.Prompt),
            ("seed", $"{record.Seed}"),
            ("task", record.Task),
            ("model", $"{record.Model} ({record.ModelHash})"),
            ("size", $"{record.Width}x{record.Height}"),
            ("made with", $"glide {record.Version}, {record.Device}, {record.Dtype}, {record.Threads} threads"),
        };
        if (record.Negative.Length > 0)
            rows.Insert(2, ("negative", record.Negative));
        foreach (var (stage, settings) in JsonNode.Parse(record.Recipe.ToJson())!.AsObject())
        {
            string text = settings is JsonObject fields
                ? string.Join(", ", fields.Select(field => $"{field.Key.Replace('_', ' ')} {field.Value}"))
                : $"{settings}";
            rows.Add((stage.Replace('_', ' '), text));
        }
        return string.Join('\n', rows.Select(row => $"{row.Name,-10} {OneLine(row.Text)}"));
    }

    // The file may come from anybody: no codes that a terminal obeys.
    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
