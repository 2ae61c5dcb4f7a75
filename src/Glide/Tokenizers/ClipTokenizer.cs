using System.IO.Compression;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace Glide.Tokenization;

/// <summary>CLIP's tokeniser: byte pair encoding of the cleaned, lower-cased prompt, word by word.</summary>
internal sealed class ClipTokenizer : ITokenizer
{
    /// <summary><c>&lt;|startoftext|&gt;</c>.</summary>
    public const int StartId = 49406;

    /// <summary><c>&lt;|endoftext|&gt;</c>.</summary>
    public const int EndId = 49407;

    // 49152 ids less 256 bytes and 2 special tokens: so many of the file's lines belong to CLIP.
    private const int MergeCount = 49152 - 256 - 2;
    private const string WordEnd = "</w>";

    private readonly PieceEncoder _encoder;

    private ClipTokenizer(PieceEncoder encoder) => _encoder = encoder;

    /// <summary>Reads CLIP's merges.</summary>
    /// <param name="mergesGz">The published <c>bpe_simple_vocab_16e6.txt.gz</c>; stays open.</param>
    /// <exception cref="CheckpointException">The stream holds something else.</exception>
    public static ClipTokenizer Load(Stream mergesGz)
    {
        try
        {
            var merges = ReadMerges(mergesGz);
            return new ClipTokenizer(new PieceEncoder(new BpeOptions(Vocabulary(merges))
            {
                Merges = merges,
                ByteLevel = true,
                EndOfWordSuffix = WordEnd,
                SpecialTokens = new Dictionary<string, int> { ["<|startoftext|>"] = StartId, ["<|endoftext|>"] = EndId },
            }));
        }
        catch (Exception error) when (error is InvalidDataException or InvalidOperationException or ArgumentException)
        {
            throw new CheckpointException(
                $"CLIP's merges cannot be read: {error.Message} Expected is bpe_simple_vocab_16e6.txt.gz as OpenAI " +
                "published it; fetch the file again.", error);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> Encode(string prompt) => EncodeText(ClipTextCleaner.Clean(prompt)).Ids;

    /// <summary>Start, the prompt's ids, end, and zeros behind.</summary>
    /// <inheritdoc/>
    public TokenSequence Tokenize(string prompt, int textContext)
    {
        string clean = ClipTextCleaner.Clean(prompt);
        return TokenSequence.Frame(EncodeText(clean), clean, textContext, StartId, EndId);
    }

    private EncodedText EncodeText(string clean)
    {
        string lower = LowerCase.Of(clean);
        return _encoder.Encode(lower, ClipSplitter.Split(lower));
    }

    // "bpe_simple_vocab_16e6.txt#version: 0.2
    // i n
    // t h
    private static List<string> ReadMerges(Stream mergesGz)
    {
        using var gzip = new GZipStream(mergesGz, CompressionMode.Decompress, leaveOpen: true);
        using var reader = new StreamReader(gzip, Encoding.UTF8);
        if (reader.ReadLine()?.Contains("#version", StringComparison.Ordinal) != true)
            throw new InvalidDataException("The first line names no version.");
        var merges = new List<string>(MergeCount);
        while (merges.Count < MergeCount && reader.ReadLine() is { } line)
            merges.Add(line);
        return merges.Count == MergeCount
            ? merges
            : throw new InvalidDataException($"It has {merges.Count} merges, not {MergeCount}.");
    }

    // The bytes, visible ones first; the same bytes as ends of words; what the merges make; start and end.
    private static List<KeyValuePair<string, int>> Vocabulary(List<string> merges)
    {
        var bytes = ByteSymbols.All.Order().Select(symbol => symbol.ToString()).ToList();
        var vocabulary = new List<KeyValuePair<string, int>>(EndId + 1);
        foreach (string token in bytes
            .Concat(bytes.Select(symbol => symbol + WordEnd))
            .Concat(merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal)))
            .Append("<|startoftext|>")
            .Append("<|endoftext|>"))
            vocabulary.Add(new(token, vocabulary.Count));
        return vocabulary;
    }
}
