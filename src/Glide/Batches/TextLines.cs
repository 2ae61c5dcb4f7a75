using System.Text;

namespace Glide.Batches;

/// <summary>Reads text line by line as it comes: UTF-8 with or without a byte order mark, with any line ends.</summary>
internal static class TextLines
{
    // Far longer than any row, and a bound for what is no text at all.
    private const int LongestLine = 1 << 20;

    private static readonly UTF8Encoding s_strict =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>All lines. What is wrong with the bytes of one is said in it, so that the others can be used.</summary>
    /// <param name="stream">The text; stays the caller's.</param>
    /// <param name="name">How messages call it.</param>
    /// <exception cref="UsageException">It is UTF-16, or no text.</exception>
    public static IEnumerable<TextLine> Read(Stream stream, string name)
    {
        byte[] buffer = new byte[1 << 16];
        var line = new List<byte>();
        int number = 1;
        bool isBehindReturn = false;
        for (int length; (length = stream.Read(buffer)) > 0;)
        {
            for (int i = 0; i < length; i++)
            {
                byte value = buffer[i];
                bool endsWithBoth = isBehindReturn && value == '\n';
                isBehindReturn = value == '\r';
                if (endsWithBoth)
                    continue;
                if (value is not ((byte)'\n' or (byte)'\r'))
                {
                    line.Add(value);
                    if (line.Count > LongestLine)
                    {
                        throw new UsageException(
                            $"'{name}' line {number} is longer than {LongestLine} bytes; this looks like another kind "
                                + $"of file");
                    }
                    continue;
                }
                yield return Decode(line, number++, name);
                line.Clear();
            }
        }
        if (line.Count > 0)
            yield return Decode(line, number, name);
    }

    private static TextLine Decode(List<byte> line, int number, string name)
    {
        byte[] bytes = [.. line];
        if (number == 1 && (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]))
        {
            throw new UsageException(
                $"'{name}' line 1: the text is UTF-16; allowed is UTF-8; save the file in that encoding");
        }
        if (number == 1 && bytes is [0xEF, 0xBB, 0xBF, ..])
            bytes = bytes[3..];
        if (bytes.AsSpan().Contains((byte)0))
        {
            return new TextLine(number, Encoding.UTF8.GetString(bytes),
                "there is a NUL byte; allowed is UTF-8 text; this looks like another kind of file");
        }
        try
        {
            return new TextLine(number, s_strict.GetString(bytes), null);
        }
        catch (DecoderFallbackException fault)
        {
            string found = fault.BytesUnknown is { Length: > 0 } unknown ? $"byte 0x{unknown[0]:X2}" : "a byte";
            return new TextLine(number, Encoding.UTF8.GetString(bytes),
                $"{found} is not UTF-8; save the file in that encoding");
        }
    }
}

/// <summary>A line of a text file.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Text">The line without its end; bytes that are no UTF-8 stand there as U+FFFD.</param>
/// <param name="Fault">What is wrong with its bytes; <c>null</c> where it is good UTF-8.</param>
internal sealed record TextLine(int Number, string Text, string? Fault);
