using System.CommandLine;
using Glide.Batches;
using Glide.Cli.Options;
using Glide.Images;

namespace Glide.Cli.Batches;

/// <summary>The fields of a row that has a part of an image painted anew: those of <c>glide inpaint</c>, paths relative to the batch file.</summary>
/// <param name="folder">Where the batch file lies.</param>
internal sealed class RowPainting(string folder)
{
    private const string Image = "image";
    private const string Mask = "mask";
    private static readonly string[] s_paths = [Image, Mask];
    private static readonly string[] s_chains = ["then"];
    private readonly Option<string?> _image = OptionValues.Text("--image", [], "FILE", "The image, PNG or JPEG.", path => path.Length > 0 && !path.Contains('\0') ? null : "a file");
    private readonly PaintedPartOptions _painted = new();
    private IReadOnlyList<string> _fields = [];

    /// <summary>Adds the options to the command that rows are parsed with.</summary>
    public void AddTo(Command row)
    {
        int before = row.Options.Count;
        row.Add(_image);
        _painted.AddTo(row);
        _fields = [.. row.Options.Skip(before).Select(option => option.Name[2..]).Except(s_chains)];
        row.Validators.Add(result =>
        {
            foreach (var option in row.Options.Skip(before))
            {
                if (result.GetResult(_image) is null or { Implicit: true } && result.GetResult(option) is { Implicit: false })
                    result.AddError($"{option.Name[2..]} without image; give the image that is painted into");
            }
        });
    }

    /// <summary>Fields that only such rows have.</summary>
    public IReadOnlyList<string> Fields => _fields;

    /// <summary>A field's value as the option's value.</summary>
    public string Resolve(string field, string value) => s_paths.Contains(field) && value.Length > 0 ? Path.Combine(folder, value) : value;

    /// <summary>Whether a row paints into an image.</summary>
    public bool Paints(ParseResult parsed) => parsed.IsGiven(_image);

    /// <summary>The published recipe that suits a row.</summary>
    public string Task(ParseResult parsed) => Paints(parsed) ? _painted.Task(parsed) : "sample";

    /// <summary>Reads image and mask once, so that what is wrong with them is known before anything is made.</summary>
    /// <param name="parsed">The row.</param>
    /// <param name="fields">The row as it stands in the file.</param>
    /// <param name="warn">Hears of a mask that replaces everything.</param>
    /// <returns><c>null</c> where the row names no image.</returns>
    /// <exception cref="UsageException">A file cannot be read, or nothing would be painted.</exception>
    public RowSource? Read(ParseResult parsed, IReadOnlyDictionary<string, string> fields, Action<string> warn)
    {
        if (!Paints(parsed))
            return null;
        var window = _painted.Window(parsed);
        window?.Check(Open(parsed, warn).Mask);
        if (window is null)
            _ = Open(parsed, warn);
        string? mask = fields.GetValueOrDefault(Mask);
        var part = _fields.Except(s_paths).Where(name => name != "mode" && fields.ContainsKey(name)).ToDictionary(name => name, name => fields[name]);
        var files = new SourceFiles
        {
            Image = fields[Image],
            ImageSha256 = BatchJournal.HashOf(parsed.GetValue(_image)!),
            Mask = mask,
            MaskSha256 = mask is null ? null : BatchJournal.HashOf(Resolve(Mask, mask)),
            Part = part.Count == 0 ? null : part,
        };
        return new RowSource(files, () => Open(parsed, _ => { }), window);
    }

    private KnownImage Open(ParseResult parsed, Action<string> warn)
    {
        var (canvas, steps) = _painted.Read(parsed, InitImage.Load(parsed.GetValue(_image)!), warn);
        return new KnownImage(canvas, steps[0].Mask);
    }
}
