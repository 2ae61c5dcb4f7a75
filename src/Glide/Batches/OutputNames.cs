using System.Globalization;
using System.Text;
using Glide.Images;

namespace Glide.Batches;

/// <summary>File names made from prompts: safe on every file system, never longer than it allows.</summary>
internal static class OutputNames
{
    // This leaves room for seed, number, suffix and the temporary file's mark.
    private const int LongestSlug = 100;

    private const int MostSigns = 12;

    // Of one part of a path, in UTF-8; the limit of the usual file systems.
    private const int LongestName = 255;

    /// <summary>States what a path that the user gave should be; <c>null</c> if files can have it.</summary>
    public static string? Fault(string path)
    {
        if (path.Any(c => c == '\n' || IsObeyed(c)))
            return "a name without control characters";
        int longest = path.Split('/', Path.DirectorySeparatorChar).Max(Encoding.UTF8.GetByteCount);
        return longest > LongestName
            ? string.Create(CultureInfo.InvariantCulture, $"a name of at most {LongestName} bytes")
            : null;
    }

    /// <summary>Whether a path is that of one image; a folder may be called so too.</summary>
    /// <exception cref="UsageException">It is that of an image in a format that is not written.</exception>
    public static bool IsImage(string path)
    {
        if (Directory.Exists(path))
            return false;
        return !ImageNames.IsOther(path)
            ? ImageNames.FormatOf(path) is not null
            : throw new UsageException(
                $"--output names a format that is not written; found '{path}'; allowed are names that end in "
                + $"{ImageNames.Written}, and folders");
    }

    /// <summary>The name for a prompt's image, such as <c>a-red-circle-7.png</c>.</summary>
    public static string For(string prompt, long seed) =>
        $"{Slug(prompt)}-{seed.ToString(CultureInfo.InvariantCulture)}.png";

    /// <summary>The same name with a number, for when it is taken: <c>a-red-circle-7-2.png</c>.</summary>
    public static string Numbered(string name, int number) => number <= 1 ? name : string.Create(
        CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(name)}-{number}{Path.GetExtension(name)}");

    /// <summary>Whether a name is that of a prompt's image, with or without a number.</summary>
    public static bool IsFor(string name, string prompt, long seed)
    {
        string first = For(prompt, seed);
        string stem = Path.GetFileNameWithoutExtension(first) + "-";
        return name == first || (name.StartsWith(stem, StringComparison.Ordinal)
            && int.TryParse(Path.GetFileNameWithoutExtension(name)[stem.Length..], NumberStyles.None,
                CultureInfo.InvariantCulture, out int number)
            && name == Numbered(first, number));
    }

    /// <summary>
    /// A prompt's letters and digits in lower case, everything else one hyphen. Where nothing is left, the code points
    /// of its signs, such as <c>u1f994</c>, or <c>unconditional</c>.
    /// </summary>
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
        if (trimmed.Length > 0)
            return trimmed;
        var signs = prompt.EnumerateRunes().Where(rune => rune != Rune.ReplacementChar && !Rune.IsWhiteSpace(rune)
            && !Rune.IsControl(rune)).Take(MostSigns);
        string codes = string.Join('-', signs.Select(rune => rune.Value.ToString("x4", CultureInfo.InvariantCulture)));
        return codes.Length == 0 ? "unconditional" : $"u{codes}";
    }

    /// <summary>Whether a terminal obeys the character; U+202E and its like reverse the reading direction.</summary>
    public static bool IsObeyed(char c) => c != '\n'
        && (char.IsControl(c) || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069'));
}
