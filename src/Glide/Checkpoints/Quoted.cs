using System.Globalization;
using System.Text;

namespace Glide.Checkpoints;

/// <summary>Text out of a file that nobody trusts, made fit for a message.</summary>
internal static class Quoted
{
    private const int LongestShown = 100;

    /// <summary>The text without control characters and cut to a length that a terminal line can bear.</summary>
    public static string Text(string text)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= LongestShown)
                return shown.Append('…').ToString();
            bool plain = Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
            shown.Append(plain ? rune.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"));
        }
        return shown.ToString();
    }
}
