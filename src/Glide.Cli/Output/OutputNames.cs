using System.Globalization;
using System.Text;

namespace Glide.Cli.Output;

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
