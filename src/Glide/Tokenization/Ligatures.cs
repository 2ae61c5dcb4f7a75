using System.Collections.Frozen;
using System.Text;

namespace Glide.Tokenization;

/// <summary>Single characters for several Latin letters that come from typesetting or old character sets.</summary>
/// <remarks>Letters of their own such as æ, œ and ß are none.</remarks>
internal static class Ligatures
{
    private static readonly FrozenDictionary<char, string> Letters = new Dictionary<char, string>
    {
        ['Ĳ'] = "IJ",
        ['ĳ'] = "ij",
        ['ŉ'] = "ʼn",
        ['Ǆ'] = "DŽ",
        ['ǅ'] = "Dž",
        ['ǆ'] = "dž",
        ['Ǉ'] = "LJ",
        ['ǈ'] = "Lj",
        ['ǉ'] = "lj",
        ['Ǌ'] = "NJ",
        ['ǋ'] = "Nj",
        ['ǌ'] = "nj",
        ['Ǳ'] = "DZ",
        ['ǲ'] = "Dz",
        ['ǳ'] = "dz",
        ['ﬀ'] = "ff",
        ['ﬁ'] = "fi",
        ['ﬂ'] = "fl",
        ['ﬃ'] = "ffi",
        ['ﬄ'] = "ffl",
        ['ﬅ'] = "ſt",
        ['ﬆ'] = "st",
    }.ToFrozenDictionary();

    /// <summary>The text with the letters in place of their ligatures.</summary>
    public static string Split(string text)
    {
        if (!text.Any(Letters.ContainsKey))
            return text;
        var split = new StringBuilder(text.Length);
        foreach (char unit in text)
            _ = Letters.TryGetValue(unit, out string? letters) ? split.Append(letters) : split.Append(unit);
        return split.ToString();
    }
}
