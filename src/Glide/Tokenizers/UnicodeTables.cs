using System.Globalization;
using System.Text;

namespace Glide.Tokenizers;

/// <summary>Tables embedded in the program: lines of fields separated by single spaces.</summary>
internal static class EmbeddedTable
{
    /// <summary>The fields of each line of a table.</summary>
    public static IEnumerable<string[]> Read(string name)
    {
        using var stream = typeof(EmbeddedTable).Assembly.GetManifestResourceStream($"Glide.Tokenizers.Tables.{name}")
            ?? throw new InvalidOperationException($"The program was built without {name}.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            yield return line.Split(' ');
    }

    /// <summary>The code point that a field names in hexadecimal.</summary>
    public static int CodePoint(string field) =>
        int.Parse(field, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>The text of the code points in the fields from <paramref name="start"/> on.</summary>
    public static string Text(string[] fields, int start) =>
        string.Concat(fields.Skip(start).Select(field => char.ConvertFromUtf32(CodePoint(field))));
}

/// <summary>The four kinds of characters that the split patterns of GPT-2 and CLIP distinguish.</summary>
internal enum CharacterKind
{
    /// <summary>Neither of the others: punctuation, symbols, marks, controls.</summary>
    Other,

    /// <summary><c>\p{L}</c>.</summary>
    Letter,

    /// <summary><c>\p{N}</c>.</summary>
    Number,

    /// <summary><c>\s</c>, Unicode's White_Space.</summary>
    Space,
}

/// <summary>Kinds of code points; .NET's regular expressions work on UTF-16 units only.</summary>
internal static class CharacterKinds
{
    public static CharacterKind Of(Rune rune) => Rune.IsWhiteSpace(rune) ? CharacterKind.Space
        : Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter => CharacterKind.Letter,
            <= UnicodeCategory.EnclosingMark => CharacterKind.Other,
            <= UnicodeCategory.OtherNumber => CharacterKind.Number,
            _ => CharacterKind.Other,
        };

    /// <summary>The kind of the code point at an index, and its length in UTF-16 units.</summary>
    public static CharacterKind At(string text, int index, out int length)
    {
        Rune.DecodeFromUtf16(text.AsSpan(index), out var rune, out length);
        return Of(rune);
    }
}
