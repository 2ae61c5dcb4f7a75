using System.IO.Compression;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace Glide.Tokenizers;

/// <summary>CLIP's tokenizer: byte pair encoding of the cleaned, lower-cased prompt, word by word.</summary>
internal sealed class ClipTokenizer : ITokenizer
{
    /// <summary><c>&lt;|startoftext|&gt;</c>.</summary>
    public const int StartId = 49406;

    /// <summary><c>&lt;|endoftext|&gt;</c>.</summary>
    public const int EndId = 49407;

    // 49152 ids less 256 bytes and 2 special tokens: CLIP uses this many of the file's lines.
    private const int MergeCount = 49152 - 256 - 2;
    private const string WordEnd = "</w>";

    private readonly PieceEncoder _encoder;

    private ClipTokenizer(PieceEncoder encoder) => _encoder = encoder;

    /// <summary>Reads CLIP's merges.</summary>
    /// <param name="mergesGz">The published <c>bpe_simple_vocab_16e6.txt.gz</c>; not closed.</param>
    /// <exception cref="CheckpointException">The stream is not that file.</exception>
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
                SpecialTokens = new Dictionary<string, int>
                {
                    ["<|startoftext|>"] = StartId,
                    ["<|endoftext|>"] = EndId
                },
            }));
        }
        catch (Exception error) when (error is InvalidDataException or InvalidOperationException or ArgumentException)
        {
            throw new CheckpointException(
                $"CLIP's merges cannot be read: {error.Message} Expected is bpe_simple_vocab_16e6.txt.gz as OpenAI " +
                "published it; fetch the file again.", error);
        }
    }

    public IReadOnlyList<int> Encode(string prompt) => EncodeText(ClipTextCleaner.Clean(prompt)).Ids;

    /// <summary>Start id, the prompt's ids, end id, zeros.</summary>
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

    // The bytes, visible ones first; the same bytes at ends of words; the merged tokens; start and end.
    private static List<KeyValuePair<string, int>> Vocabulary(List<string> merges)
    {
        var bytes = ByteSymbols.All.Order().Select(symbol => symbol.ToString()).ToList();
        var vocabulary = new List<KeyValuePair<string, int>>(EndId + 1);
        foreach (string token in bytes
            .Concat(bytes.Select(symbol => symbol + WordEnd))
            .Concat(merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal)))
            .Append("<|startoftext|>")
            .Append("<|endoftext|>"))
        {
            vocabulary.Add(new(token, vocabulary.Count));
        }
        return vocabulary;
    }
}

/// <summary>CLIP's split of a cleaned, lower-cased text into pieces, by code points; white space is dropped.</summary>
/// <remarks>
/// <c>&lt;\|startoftext\|&gt;|&lt;\|endoftext\|&gt;|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+</c>,
/// case-insensitive. In lower-cased text that shows in two places: ſ counts as s; and the iota below (U+0345), no
/// letter but another case of one, matches no part of the pattern and is dropped like white space.
/// </remarks>
internal static class ClipSplitter
{
    private const char IotaBelow = '\u0345';

    private static readonly string[] Words =
        ["<|startoftext|>", "<|endoftext|>", "'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    public static List<Piece> Split(string text)
    {
        var pieces = new List<Piece>();
        for (int start = 0; start < text.Length;)
        {
            int end = EndOfPiece(text, start, out bool isSpace);
            if (!isSpace)
                pieces.Add(new Piece(start, end - start));
            start = end;
        }
        return pieces;
    }

    private static int EndOfPiece(string text, int start, out bool isSpace)
    {
        isSpace = false;
        foreach (string word in Words)
        {
            if (StartsWith(text, start, word))
                return start + word.Length;
        }
        var kind = KindAt(text, start, out int length);
        isSpace = kind == CharacterKind.Space;
        int end = start + length;
        while (kind != CharacterKind.Number && end < text.Length && KindAt(text, end, out length) == kind)
            end += length;
        return end;
    }

    private static CharacterKind KindAt(string text, int index, out int length)
    {
        var kind = CharacterKinds.At(text, index, out length);
        return text[index] == IotaBelow ? CharacterKind.Space : kind;
    }

    private static bool StartsWith(string text, int start, string word)
    {
        if (text.Length - start < word.Length)
            return false;
        for (int i = 0; i < word.Length; i++)
        {
            char unit = text[start + i];
            if (unit != word[i] && !(unit == 'ſ' && word[i] == 's'))
                return false;
        }
        return true;
    }
}
