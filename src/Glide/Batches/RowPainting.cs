using Glide.Editing;
using Glide.Images;
using Glide.Pipelines.Settings;

namespace Glide.Batches;

/// <summary>The fields of a row that is inpainted: those of <c>glide inpaint</c>, paths relative to the file.</summary>
/// <param name="folder">Where the batch file lies.</param>
internal sealed class RowPainting(string folder)
{
    private const string Image = "image";
    private const string Mask = "mask";
    private static readonly string[] s_paths = [Image, Mask];

    public static IReadOnlyList<Setting> Fields { get; } =
    [
        new Setting<string>(Image, new TextKind(IsFile), path => path, (_, path) => path)
        {
            Help = "The image that is inpainted, PNG or JPEG.", Placeholder = "FILE",
        },
        .. PaintedPart.Settings,
    ];

    public static bool Paints(IReadOnlyDictionary<string, string> fields) => IsGiven(fields, Image);

    public IEnumerable<string> Faults(IReadOnlyDictionary<string, string> fields)
    {
        foreach (var field in Fields.Where(field => IsGiven(fields, field.Name)))
        {
            string label = field.Kind is FlagKind ? field.Name : $"--{field.Name}";
            if (field.Kind.Refusal(label, Resolve(field.Name, fields[field.Name])) is { } refusal)
                yield return refusal;
            if (!Paints(fields))
                yield return $"{field.Name} without image; give the image that is painted into";
        }
        foreach (string contradiction in PaintedPart.Contradictions(name => IsGiven(fields, name)))
            yield return contradiction;
    }

    /// <summary>The part of the image that is painted, of fields without faults.</summary>
    public PaintedPart Part(IReadOnlyDictionary<string, string> fields) => PaintedPart.Settings
        .Where(setting => IsGiven(fields, setting.Name))
        .Aggregate(new PaintedPart(), (part, setting) =>
            setting.With(part, Resolve(setting.Name, fields[setting.Name])));

    /// <summary>Reads image and mask once, so that faults are known before anything is generated.</summary>
    /// <param name="fields">The row as it stands in the file.</param>
    /// <param name="warn">Called with a warning about a mask that replaces everything.</param>
    /// <returns><c>null</c> if the row names no image.</returns>
    /// <exception cref="UsageException">A file cannot be read, or nothing would be painted.</exception>
    public RowSource? Read(IReadOnlyDictionary<string, string> fields, Action<string> warn)
    {
        if (!Paints(fields))
            return null;
        var part = Part(fields);
        string path = Resolve(Image, fields[Image]);
        var known = Open(part, path, warn);
        part.Window?.Check(known.Mask);
        string? mask = fields.GetValueOrDefault(Mask);
        var others = PaintedPart.Settings.Select(setting => setting.Name)
            .Where(name => name is not (Mask or "mode") && fields.ContainsKey(name))
            .ToDictionary(name => name, name => fields[name]);
        var files = new SourceFiles
        {
            Image = fields[Image],
            ImageSha256 = BatchJournal.HashOf(path),
            Mask = mask,
            MaskSha256 = mask is null ? null : BatchJournal.HashOf(Resolve(Mask, mask)),
            Part = others.Count == 0 ? null : others,
        };
        return new RowSource(files, () => Open(part, path, _ => { }), part.Window);
    }

    private string Resolve(string field, string value) =>
        s_paths.Contains(field) && value.Length > 0 ? Path.Combine(folder, value) : value;

    // An empty text, or a flag that is off, is a field that is not given.
    private static bool IsGiven(IReadOnlyDictionary<string, string> fields, string name) =>
        fields.GetValueOrDefault(name) is { Length: > 0 } text
        && (Fields.Single(field => field.Name == name).Kind is not FlagKind || FlagKind.Read(text) != false);

    private static string? IsFile(string path) => path.Length > 0 && !path.Contains('\0') ? null : "a file";

    private static KnownImage Open(PaintedPart part, string path, Action<string> warn)
    {
        var (canvas, steps) = part.Read(InitImage.Load(path), warn, notice: _ => { });
        return new KnownImage(canvas.Image, steps[0].Mask) { Alpha = canvas.Alpha };
    }
}
