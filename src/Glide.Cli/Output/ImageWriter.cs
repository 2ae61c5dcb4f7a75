using System.Globalization;
using System.Text;
using Glide.Cli.Options;
using Glide.Pipelines;

namespace Glide.Cli.Output;

/// <summary>Gives pictures their names, writes them whole, and says on stdout where they are.</summary>
internal sealed class PictureWriter
{
    private readonly OutputSettings _settings;
    private readonly TextWriter _output;
    private readonly string? _file;

    /// <summary>Settles where pictures go and makes sure that they can be written, before any is made.</summary>
    /// <param name="settings">What the user asked for.</param>
    /// <param name="pictures">How many pictures there will be.</param>
    /// <param name="output">Gets a line a picture.</param>
    /// <exception cref="UsageException">The place does not fit: several pictures for one file, a file that exists.</exception>
    public PictureWriter(OutputSettings settings, int pictures, TextWriter output)
    {
        _settings = settings;
        _output = output;
        string path = settings.Path ?? ".";
        bool isFile = path.EndsWith(".png", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(path);
        if (isFile)
        {
            if (pictures > 1)
                throw new UsageException($"--output names one file for several pictures; found '{path}' for {pictures} pictures; allowed is a folder; give a name without .png");
            if (File.Exists(path) && !settings.Overwrite)
                throw new UsageException($"the file exists; '{path}'; give --overwrite to replace it, or another name");
            _file = path;
        }
        else if (File.Exists(path))
        {
            throw new UsageException($"--output is neither a .png nor a folder; '{path}' is a file; give a folder or a name that ends in .png");
        }
        Folder = isFile ? Path.GetDirectoryName(Path.GetFullPath(path))! : path;
        PictureFile.Probe(Folder);
    }

    /// <summary>The folder that gets the pictures.</summary>
    public string Folder { get; }

    /// <summary>Writes one picture and prints its line.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="name">Its name in the folder, where none is taken; <c>null</c> for one made from prompt and seed.</param>
    /// <returns>Where it is.</returns>
    public string Write(Picture picture, string? name = null)
    {
        string path = _file is null ? WriteUnderFreeName(picture, name ?? OutputNames.For(picture.Record.Prompt, picture.Record.Seed)) : WriteTo(_file, picture);
        if (picture.Raw is not null)
            WriteRaw(path, picture with { Image = picture.Raw });
        _output.WriteLine(_settings.Json ? picture.Record.ToJsonLine(path, picture.Seconds) : path);
        _output.Flush();
        return path;
    }

    private string WriteTo(string path, Picture picture)
    {
        if (!PictureFile.TryWrite(path, picture, replace: _settings.Overwrite))
            throw new UsageException($"the file exists; '{path}'; give --overwrite to replace it, or another name");
        return path;
    }

    private void WriteRaw(string path, Picture raw)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string name = $"{Path.GetFileNameWithoutExtension(path)}-raw.png";
        int number = 1;
        while (!PictureFile.TryWrite(Path.Combine(folder, OutputNames.Numbered(name, number)), raw, replace: _settings.Overwrite))
            number++;
    }

    private string WriteUnderFreeName(Picture picture, string name)
    {
        for (int number = 1; ; number++)
        {
            string path = Path.Combine(Folder, OutputNames.Numbered(name, number));
            string shown = _settings.Path is null ? OutputNames.Numbered(name, number) : path;
            if (!File.Exists(path) && PictureFile.TryWrite(path, picture, replace: false))
                return shown;
        }
    }
}

/// <summary>File names made from prompts: safe on every file system, never longer than it allows.</summary>
internal static class OutputNames
{
    // A name may have 255 bytes; this leaves room for seed, number, suffix and the temporary file's mark.
    private const int LongestSlug = 100;

    /// <summary>The name for a prompt's picture, such as <c>a-red-circle-7.png</c>.</summary>
    public static string For(string prompt, long seed) => $"{Slug(prompt)}-{seed.ToString(CultureInfo.InvariantCulture)}.png";

    /// <summary>The same name with a number, for when it is taken: <c>a-red-circle-7-2.png</c>.</summary>
    public static string Numbered(string name, int number) =>
        number <= 1 ? name : $"{Path.GetFileNameWithoutExtension(name)}-{number.ToString(CultureInfo.InvariantCulture)}{Path.GetExtension(name)}";

    /// <summary>A prompt's letters and digits in lower case, everything else one hyphen; <c>unconditional</c> when nothing is left.</summary>
    public static string Slug(string prompt)
    {
        var slug = new StringBuilder();
        int bytes = 0;
        foreach (var rune in prompt.EnumerateRunes())
        {
            bool isWord = Rune.IsLetterOrDigit(rune) && rune != Rune.ReplacementChar;
            if (!isWord && (slug.Length == 0 || slug[^1] == '-'))
                continue;
            var next = isWord ? Rune.ToLowerInvariant(rune) : new Rune('-');
            if (bytes + next.Utf8SequenceLength > LongestSlug)
                break;
            bytes += next.Utf8SequenceLength;
            slug.Append(next.ToString());
        }
        string trimmed = slug.ToString().Trim('-');
        return trimmed.Length == 0 ? "unconditional" : trimmed;
    }
}
