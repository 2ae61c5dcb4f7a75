using System.Globalization;
using System.Text.RegularExpressions;
using Glide.Images;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Pipelines.Settings;

namespace Glide.Batches;

/// <summary>
/// Reads a row's fields as settings of <c>glide sample</c>, or with an image of <c>glide inpaint</c>. The command line
/// gives the settings that the row does not.
/// </summary>
internal sealed partial class RowReader
{
    private const string Output = "output";

    private readonly GivenSettings _common;
    private readonly ModelSet _models;
    private readonly RowPainting _painting;
    private readonly Action<string> _warn;

    /// <summary>Prepares to read rows.</summary>
    /// <param name="common">Settings that hold for all rows.</param>
    /// <param name="models">Has the recipes that settings change.</param>
    /// <param name="folder">What paths in rows are relative to.</param>
    /// <param name="warn">Called with what is odd about a row and no fault.</param>
    /// <exception cref="UsageException">It has an option that a batch cannot follow.</exception>
    public RowReader(GivenSettings common, ModelSet models, string folder, Action<string> warn)
    {
        _models = models;
        _warn = warn;
        _painting = new RowPainting(folder);
        _common = common;
        if (_common.Names.FirstOrDefault(name => SamplingTable.Choosing.Contains(name.Text)) is { } chooses)
        {
            throw new UsageException(
                $"{chooses.Label} is no option of a batch, whose images are all kept; leave it out, or use "
                + "'glide sample' for each prompt");
        }
    }

    /// <summary>The fields that are settings, apart from those of one stage.</summary>
    public static IReadOnlyList<SettingName> Settings { get; } =
        [.. SettingName.All.Where(name => !SamplingTable.Choosing.Contains(name.Text))];

    public static IReadOnlyList<Setting> Others { get; } =
    [
        new Setting<string>("prompt", new TextKind(), text => text, (_, text) => text)
        {
            Help = "What the image shows.",
        },
        new Setting<string>(Output, new TextKind(), text => text, (_, text) => text)
        {
            Help = $"A name in the batch's folder that ends in {ImageNames.Written}.",
        },
        .. RowPainting.Fields,
    ];

    /// <summary>The images of a row; empty with a fault noted.</summary>
    public IReadOnlyList<RowImage> Read(BatchRow row, ICollection<RowFault> faults)
    {
        if (Given(row, faults) is not { } given)
            return [];
        try
        {
            return Images(row, given);
        }
        catch (UsageException refusal)
        {
            faults.Add(new RowFault(row.Line, refusal.Message));
            return [];
        }
    }

    /// <summary>The settings of a row with those that hold for all; <c>null</c> with a fault noted.</summary>
    public GivenSettings? Given(BatchRow row, ICollection<RowFault> faults)
    {
        int before = faults.Count;
        var values = new List<(SettingName, string)>();
        foreach (var (field, text) in row.Options)
        {
            if (Find(field) is { } name)
                values.Add((name, text));
            else if (!Others.Any(other => other.Name == field))
                faults.Add(new RowFault(row.Line, $"unknown field '{field}'; {Suggestion(field)}"));
        }
        if (faults.Count > before)
            return null;
        var given = _common.ReplacedBy(new GivenSettings(values));
        foreach (string fault in given.Faults().Concat(given.Contradictions()).Concat(_painting.Faults(row.Options)))
            faults.Add(new RowFault(row.Line, fault));
        return faults.Count > before ? null : given;
    }

    private List<RowImage> Images(BatchRow row, GivenSettings given)
    {
        if (row.Options.Count == 0 && OptionIn().Match(row.Prompt) is { Success: true } option
            && SettingName.Find(option.Groups[1].Value) is not null)
        {
            _warn($"line {row.Line}: '--{option.Groups[1].Value}' is part of the prompt; options of a row need a "
                + $".jsonl or "
                + ".csv file");
        }
        bool paints = RowPainting.Paints(row.Options);
        var run = given.Sampling();
        var published = Recipe.For(_models, paints ? _painting.Part(row.Options).Task : "sample");
        var recipe = paints
            ? given.ApplyTo(published)
            : given.ApplyTo(published, QualityPreset.ForPrompts, _models);
        if (run.NoUpsample)
            recipe = recipe.BaseOnly();
        string? output = row.Options.TryGetValue(Output, out string? name) ? FileNameIn(name) : null;
        // A seed that stays the same however often and on however many machines the file is run.
        var requests = run.Requests([row.Prompt], chosenSeed: row.Line);
        var source = _painting.Read(row.Options, warning => _warn($"line {row.Line}: {warning}"));
        return [.. requests.Select(request => new RowImage(row.Line, request, recipe, source)
        {
            RowOutput = output,
            Count = requests.Count,
            SeedLine = given.Has(SamplingTable.Seed) ? null : row.Line,
        })];
    }

    private static SettingName? Find(string field) =>
        SettingName.Find(field) is { } name && !SamplingTable.Choosing.Contains(name.Text) ? name : null;

    private static string Suggestion(string field) => SettingName.Suggest(
        field, [.. Others.Select(other => other.Name), .. Settings.Select(name => name.Text)]);

    private static string FileNameIn(string path)
    {
        if (OutputNames.Fault(path) is { } wanted)
            throw new UsageException($"bad value for output; found '{path}'; allowed is {wanted}");
        bool isInside = path.Length > 0 && !Path.IsPathRooted(path) && !path.Split('/', '\\').Contains("..");
        return isInside && ImageNames.FormatOf(path) is not null
            ? path
            : throw new UsageException(
                $"bad value for output; found '{path}'; allowed is a name in the batch's folder that ends in "
                    + ImageNames.Written);
    }

    [GeneratedRegex(@"\s--([a-z][a-z-]*)")]
    private static partial Regex OptionIn();
}

/// <summary>An image that a row of a batch file asks for.</summary>
/// <param name="Line">Line of the file.</param>
/// <param name="Request">What it shows.</param>
/// <param name="Recipe">How it is made.</param>
/// <param name="Source">What it is painted into; <c>null</c> where all of it is drawn.</param>
internal sealed record RowImage(int Line, ImageRequest Request, Recipe Recipe, RowSource? Source)
{
    /// <summary>The file name that the row gives; <c>null</c> for one made from the prompt.</summary>
    public required string? RowOutput { get; init; }

    /// <summary>Images of the row.</summary>
    public required int Count { get; init; }

    /// <summary>The line whose number is the row's first seed; <c>null</c> where the seed is given.</summary>
    public required int? SeedLine { get; init; }

    /// <summary>The file name that is asked for; <c>null</c> for one made from the prompt.</summary>
    public string? Output => RowOutput is null || Count == 1
        ? RowOutput
        : string.Create(CultureInfo.InvariantCulture,
            $"{Path.ChangeExtension(RowOutput, null)}-{Request.Seed}{Path.GetExtension(RowOutput)}");

    public RowContent Content => RowContent.Of(Request, Recipe, Source);

    /// <summary>The image with the seed that it had when its row stood elsewhere.</summary>
    public RowImage SeededBy(int line) => this with
    {
        Request = Request with { Seed = Request.Seed - SeedLine!.Value + line },
        SeedLine = line,
    };

    /// <summary>Whether a finished image has the name that is asked for.</summary>
    public bool IsNamed(string path) => Output is { } output
        ? path == output
        : OutputNames.IsFor(path, Request.Prompt, Request.Seed);
}
