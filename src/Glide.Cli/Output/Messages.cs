using System.Globalization;
using System.Text;

namespace Glide.Cli.Output;

/// <summary>What is said to people on stderr. It may quote files that nobody trusts.</summary>
internal static class Messages
{
    /// <summary>Writes what is good to know and need not be acted on.</summary>
    public static void Warn(TextWriter error, string text) => error.WriteLine($"warning: {Plain(text)}");

    /// <summary>Writes what went wrong.</summary>
    public static void Fail(TextWriter error, string text) => error.WriteLine($"error: {Plain(text)}");

    /// <summary>The text with its control characters shown, so that no terminal obeys them; ends of lines stay.</summary>
    public static string Plain(string text)
    {
        if (!text.Any(IsObeyed))
            return text;
        var plain = new StringBuilder();
        foreach (char c in text)
            plain.Append(IsObeyed(c) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : c.ToString());
        return plain.ToString();
    }

    // U+202E and its like turn the reading direction round.
    private static bool IsObeyed(char c) => c != '\n' && (char.IsControl(c) || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069'));
}
