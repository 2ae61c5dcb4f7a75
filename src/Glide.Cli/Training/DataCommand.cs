using System.CommandLine;
using System.Text.Json.Nodes;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Datasets;
using Glide.Images;

namespace Glide.Cli.Training;

/// <summary><c>glide data</c>: commands about images with captions to train on.</summary>
internal sealed class DataCommand : Command, IExamples
{
    public DataCommand(TextWriter output, TextWriter error)
        : base("data") =>
        Add(new DataCheckCommand(output, error));

    public IReadOnlyList<string> Examples { get; } =
        ["glide data check photos/", "glide data check shards/ -o sheet.png"];
}

/// <summary><c>glide data check</c>: what is in the data, and what of it cannot be used.</summary>
internal sealed class DataCheckCommand : Command, IExamples
{
    private const int ShownBadItems = 10;
    private const int DefaultSize = 64;

    private readonly Argument<string[]> _data = new("DATA")
    {
        Description = "A folder of images with .txt captions beside them or with metadata.jsonl, a folder of sprites, "
            + "a .jsonl, .csv or .tsv file, or .tar shards; PATH:WEIGHT as for training.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<long?> _size = OptionValues.Whole("--size", [], "N",
        "Side in pixels of the images to train on, 8 to 1024. Default: 64.", (8, 1024));
    private readonly OutputOptions _output = new(
        "A .png that gets a sheet of sample images, as they would be trained on. Default: none.",
        "Replace an existing sheet.", "Print one JSON object per DATA.");

    public DataCheckCommand(TextWriter output, TextWriter error)
        : base("check",
            "Reads every image and caption and says what is there: sizes, lengths of captions, duplicates, and what "
                + "cannot be used. The exit code is 3 if nothing of one DATA can be used.")
    {
        Add(_data);
        Add(_size);
        _output.AddTo(this);
        SetAction(parsed => new CommandHost(_output.Read(parsed), output, error).Execute(run => Check(run, parsed)));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide data check photos/ -o sheet.png",
        "glide data check photos/ shards-{0000..0009}.tar --size 256 --json",
    ];

    private void Check(CommandHost run, ParseResult parsed)
    {
        var settings = _output.Read(parsed);
        int size = (int)(parsed.GetValue(_size) ?? DefaultSize);
        if (settings.Path is { } sheet)
            CheckSheet(sheet, settings.Overwrite);
        var checkedData = new List<(IImageTextDataset, IReadOnlyList<int>)>();
        DatasetException? fault = null;
        foreach (string name in parsed.GetValue(_data)!)
        {
            var dataset = DatasetReader.Open(name).Dataset;
            var report = run.Watch(dataset.Count, "image", progress => DatasetReport.Of(
                dataset, size, Environment.ProcessorCount, progress, run.Stop));
            run.Lines.WriteLine(settings.Json ? JsonLine.Of(Describe(report, size)) : Text(report, size));
            if (report.Usable.Count == 0)
                fault ??= BadItem.None($"'{name}'", report.BadItems);
            checkedData.Add((dataset, report.Usable));
        }
        if (settings.Path is { } path && checkedData.Exists(data => data.Item2.Count > 0))
        {
            if (!Write(path, DatasetSheet.Compose(checkedData, size), settings.Overwrite))
                throw Exists(path);
            run.Notice($"wrote {path}");
        }
        if (fault is not null)
            throw fault;
    }

    private static void CheckSheet(string path, bool overwrite)
    {
        if (ImageNames.FormatOf(path) != ImageFormat.Png)
            throw new UsageException($"the sheet is a PNG; found '{path}'; give a name that ends in .png");
        if (File.Exists(path) && !overwrite)
            throw Exists(path);
    }

    private static bool Write(string path, RgbImage sheet, bool overwrite)
    {
        if (!overwrite)
            return ImageFile.TrySaveNewPng(path, sheet);
        ImageFile.SavePng(path, sheet);
        return true;
    }

    private static UsageException Exists(string path) =>
        new($"the file exists; '{path}'; give --overwrite to replace it, or another name");

    private static string Text(DatasetReport report, int size)
    {
        var rows = new List<(string Name, string Text)>
        {
            ("data", report.Name),
            ("kind", report.Kind),
            ("items", $"{report.Items}, {report.BadItems.Count} of them bad"),
        };
        rows.AddRange(report.BadItems.Take(ShownBadItems).Select(bad => ("bad", $"{bad.Name}: {bad.Reason}")));
        if (report.BadItems.Count > ShownBadItems)
            rows.Add(("bad", $"and {report.BadItems.Count - ShownBadItems} more"));
        if (report.Styles.Count > 0)
            rows.Add(("styles", string.Join(", ", report.Styles.Select(style => $"{style.Name} {style.Parts}"))));
        if (report.Usable.Count > 0)
        {
            rows.Add(("width", Sides(report.Widths)));
            rows.Add(("height", Sides(report.Heights)));
            rows.Add(("smaller", $"{Counted.Share(report.Smaller, report.Usable.Count, "image")} "
                + $"{Counted.Noun(report.Smaller, "has", "have")} a side below {size} pixels and would be enlarged"));
            rows.Add(("captions", Captions(report)));
            rows.Add(("tokens", Tokens(report)));
            rows.Add(("duplicates", $"{Counted.Of(report.Duplicates, "image")} "
                + Counted.Noun(report.Duplicates, "has the pixels of another", "have the pixels of others")));
        }
        return string.Join('\n', rows.Select(row => $"{row.Name,-10}  {Messages.OneLine(row.Text)}"));
    }

    private static string Sides(IReadOnlyList<int> sides) =>
        $"{sides[0]} to {sides[^1]} pixels, median {DatasetReport.Quantile(sides, 0.5)}";

    private static string Captions(DatasetReport report)
    {
        var counts = report.Captions;
        string each = counts[0] == counts[^1]
            ? $"{counts[0]} per image"
            : $"{counts[0]} to {counts[^1]} per image, median {DatasetReport.Quantile(counts, 0.5)}";
        return $"{report.Tokens.Count}, {each}";
    }

    private static string Tokens(DatasetReport report)
    {
        var tokens = report.Tokens;
        int cut = TooLong(report);
        return $"median {DatasetReport.Quantile(tokens, 0.5)}, 95 % at most {DatasetReport.Quantile(tokens, 0.95)}, "
            + $"longest {tokens[^1]}; {Counted.Share(cut, tokens.Count, "caption")} "
            + $"{Counted.Noun(cut, "exceeds", "exceed")} {DatasetReport.TextContext} and would be cut";
    }

    private static int TooLong(DatasetReport report) =>
        report.Tokens.Count(tokens => tokens > DatasetReport.TextContext);

    private static JsonObject Describe(DatasetReport report, int size)
    {
        var all = Items(report, size);
        if (report.Styles.Count > 0)
        {
            all["styles"] = new JsonObject(report.Styles.Select(style =>
                KeyValuePair.Create(style.Name, (JsonNode?)style.Parts)));
        }
        return all;
    }

    private static JsonObject Items(DatasetReport report, int size) => new()
    {
        ["data"] = report.Name,
        ["kind"] = report.Kind,
        ["items"] = report.Items,
        ["usable"] = report.Usable.Count,
        ["bad"] = report.BadItems.Count,
        ["bad_items"] = new JsonArray([.. report.BadItems.Take(ShownBadItems).Select(bad =>
            new JsonObject { ["name"] = bad.Name, ["reason"] = bad.Reason })]),
        ["width"] = Spread(report.Widths),
        ["height"] = Spread(report.Heights),
        ["size"] = size,
        ["smaller"] = report.Smaller,
        ["captions"] = report.Tokens.Count,
        ["captions_per_image"] = Spread(report.Captions),
        ["tokens"] = Spread(report.Tokens),
        ["captions_too_long"] = TooLong(report),
        ["duplicates"] = report.Duplicates,
    };

    private static JsonObject? Spread(IReadOnlyList<int> ordered) => ordered.Count == 0 ? null : new JsonObject
    {
        ["smallest"] = ordered[0],
        ["median"] = DatasetReport.Quantile(ordered, 0.5),
        ["p95"] = DatasetReport.Quantile(ordered, 0.95),
        ["largest"] = ordered[^1],
    };
}
