// 74 45 58 74  43 6F 6D 6D 65 6E 74 00  68 69                    tEXt: "Comment", end of keyword, Latin-1
// 7A 54 58 74  43 6F 6D 6D 65 6E 74 00  00  78 9C ..             zTXt: the same, method 0 (deflate), compressed Latin-1
// 69 54 58 74  43 6F 6D 6D 65 6E 74 00  01 00  64 65 00  00 ..   iTXt: compressed or not, method, language, translated
//                                                                keyword, UTF-8
using System.IO.Compression;
using System.Text;

namespace Glide.Images;

/// <summary>The texts of a PNG (tEXt, zTXt and iTXt chunks).</summary>
internal sealed class PngText
{
    /// <summary>The limits of what is read of any image: the number of texts, the length of one and of all.</summary>
    public const int MostTexts = 1000;

    /// <inheritdoc cref="MostTexts"/>
    public const int MostBytes = 1 << 20;

    /// <inheritdoc cref="MostTexts"/>
    public const int MostBytesInAll = 1 << 23;

    private const int MostKeyword = 79;

    // Also counts texts that were decompressed and dropped, since few bytes can become very many.
    private int _bytesLeft = MostBytesInAll;

    private PngText()
    {
    }

    /// <summary>Reads the texts in the file's order, without decoding pixels.</summary>
    /// <remarks>
    /// Omits texts of more than a megabyte, texts of damaged chunks, and all after 1000 texts or 8 MB.
    /// </remarks>
    /// <exception cref="EndOfStreamException">The file ends early.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Read(Stream stream)
    {
        var texts = new List<KeyValuePair<string, string>>();
        var reader = new PngText();
        var chunks = new PngChunks(stream);
        foreach (var chunk in chunks.Walk())
        {
            if (chunk.Type is not (PngChunkType.Text or PngChunkType.CompressedText or PngChunkType.InternationalText))
                continue;
            if (chunk.Length <= MostBytes && texts.Count < MostTexts && chunks.IsSound(chunk)
                && reader.Parse(chunk.Type, chunks.Read(chunk)) is { } text)
            {
                texts.Add(text);
            }
        }

        return texts;
    }

    private KeyValuePair<string, string>? Parse(PngChunkType type, byte[] content)
    {
        int at = 0;
        if (Field() is not { Length: > 0 and <= MostKeyword } keyword)
            return null;
        bool isInternational = type == PngChunkType.InternationalText;
        bool isCompressed = isInternational ? NextByte() == 1 : type == PngChunkType.CompressedText;
        // The only defined method.
        if ((isInternational || isCompressed) && NextByte() != 0)
            return null;
        // The language, and the translated keyword.
        if (isInternational && (Field() is null || Field() is null))
            return null;
        if (Take(content[at..], isCompressed) is not { } text)
            return null;
        var encoding = isInternational ? Encoding.UTF8 : Encoding.Latin1;
        return KeyValuePair.Create(Encoding.Latin1.GetString(keyword), encoding.GetString(text));

        int NextByte() => at < content.Length ? content[at++] : -1;

        byte[]? Field()
        {
            int start = at, end = Array.IndexOf(content, (byte)0, at);
            at = end + 1;
            return end < 0 ? null : content[start..end];
        }
    }

    // The bytes of a text; null if they are damaged or too many.
    private byte[]? Take(byte[] stored, bool isCompressed)
    {
        int most = Math.Min(MostBytes, _bytesLeft);
        byte[]? bytes = isCompressed ? Inflate(stored, most) : stored.Length <= most ? stored : null;
        _bytesLeft -= bytes?.Length ?? most;
        return bytes;
    }

    private static byte[]? Inflate(byte[] stored, int most)
    {
        using var text = new MemoryStream();
        using var inflated = new ZLibStream(new MemoryStream(stored), CompressionMode.Decompress);
        var buffer = new byte[1 << 13];
        try
        {
            int read;
            while (text.Length <= most && (read = inflated.Read(buffer)) > 0)
                text.Write(buffer, 0, read);
        }
        catch (InvalidDataException)
        {
            return null;
        }

        return text.Length <= most ? text.ToArray() : null;
    }
}
