using System.Globalization;

namespace Glide.Tokenization;

/// <summary>Tables that are embedded in the program: lines of fields with one space between them.</summary>
internal static class EmbeddedTable
{
    /// <summary>The fields of each line of a table.</summary>
    /// <param name="name">File name in <c>Tokenizers/Tables</c>.</param>
    public static IEnumerable<string[]> Read(string name)
    {
        using var stream = typeof(EmbeddedTable).Assembly.GetManifestResourceStream($"Glide.Tokenizers.Tables.{name}")
            ?? throw new InvalidOperationException($"The program was built without {name}.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            yield return line.Split(' ');
    }

    /// <summary>The code point that a field names in hexadecimal.</summary>
    public static int CodePoint(string field) => int.Parse(field, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>The text that the fields from <paramref name="start"/> on spell.</summary>
    public static string Text(string[] fields, int start) =>
        string.Concat(fields.Skip(start).Select(field => char.ConvertFromUtf32(CodePoint(field))));
}
