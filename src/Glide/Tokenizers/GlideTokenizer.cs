using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Tokenizers;

namespace Glide.Tokenizers;

/// <summary>GLIDE's tokenizer: GPT-2's byte pair encoding of the lower-cased prompt.</summary>
/// <remarks>
/// Special tokens are not recognized in a prompt: <c>&lt;|endoftext|&gt;</c> is punctuation and letters.
/// </remarks>
internal sealed class GlideTokenizer : ITokenizer
{
    /// <summary>GPT-2's <c>&lt;|endoftext|&gt;</c>, with which GLIDE pads.</summary>
    public const int PaddingId = 50256;

    private readonly PieceEncoder _encoder;

    private GlideTokenizer(PieceEncoder encoder) => _encoder = encoder;

    /// <summary>Reads the vocabulary that is embedded in the program.</summary>
    public static GlideTokenizer Load() => new(new PieceEncoder(new BpeOptions(ReadVocabulary())
    {
        Merges = ReadMerges(),
        ByteLevel = true,
    }));

    public IReadOnlyList<int> Encode(string prompt) => EncodeText(prompt).Ids;

    public TokenSequence Tokenize(string prompt, int textContext)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(textContext, 1);
        var encoded = EncodeText(prompt);
        var kept = encoded.Ids.Take(textContext).ToArray();
        return TokenSequence.Pad(kept, textContext, PaddingId, PromptCut.Of(encoded, prompt, kept.Length));
    }

    /// <summary>All ids of a prompt and the parts of its lower-cased form that they cover.</summary>
    internal EncodedText EncodeText(string prompt)
    {
        string lower = LowerCase.Of(prompt);
        return _encoder.Encode(lower, GlideSplitter.Split(lower));
    }

    /// <summary>Decodes ids; invalid UTF-8 becomes U+FFFD.</summary>
    internal string Decode(IEnumerable<int> ids) => _encoder.Decode(ids);

    // {"!": 0, "\"": 1, ..., "<|endoftext|>": 50256}
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static List<KeyValuePair<string, int>> ReadVocabulary()
    {
        var vocabulary = new List<KeyValuePair<string, int>>(PaddingId + 1);
        var json = new Utf8JsonReader(ReadResource("encoder.json.gz"));
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string token = json.GetString()!;
            json.Read();
            vocabulary.Add(new(token, json.GetInt32()));
        }
        return vocabulary;
    }

    // #version: 0.2
    // Ġ t
    // Ġ a
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static List<string> ReadMerges()
    {
        using var reader = new StringReader(Encoding.UTF8.GetString(ReadResource("vocab.bpe.gz")));
        reader.ReadLine();
        var merges = new List<string>(PaddingId);
        while (reader.ReadLine() is { } line)
            merges.Add(line);
        return merges;
    }

    private static byte[] ReadResource(string name)
    {
        using var stream = typeof(GlideTokenizer).Assembly.GetManifestResourceStream(
            $"Glide.Tokenizers.Vocabulary.{name}")
            ?? throw new InvalidOperationException($"The program was built without {name}.");
        using var gzip = new GZipStream(stream, CompressionMode.Decompress);
        using var bytes = new MemoryStream(1 << 20);
        gzip.CopyTo(bytes);
        return bytes.ToArray();
    }
}

/// <summary>GLIDE's ids between a start and an end id, for a CLIP that was trained on them ("glide-bpe").</summary>
internal sealed class FramedGlideTokenizer : ITokenizer
{
    private readonly GlideTokenizer _inner;
    private readonly int _startId;
    private readonly int _endId;

    public FramedGlideTokenizer(GlideTokenizer inner, int startId, int endId)
    {
        _inner = inner;
        _startId = startId;
        _endId = endId;
    }

    public IReadOnlyList<int> Encode(string prompt) => _inner.Encode(prompt);

    /// <summary>Start id, the prompt's ids, end id, zeros.</summary>
    /// <inheritdoc/>
    public TokenSequence Tokenize(string prompt, int textContext) =>
        TokenSequence.Frame(_inner.EncodeText(prompt), prompt, textContext, _startId, _endId);
}

/// <summary>GPT-2's split of a text into pieces, by code points.</summary>
/// <remarks><c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c></remarks>
internal static class GlideSplitter
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    /// <summary>The pieces; together they are the whole text.</summary>
    public static List<Piece> Split(string text)
    {
        var pieces = new List<Piece>();
        for (int start = 0; start < text.Length; start = pieces[^1].End)
            pieces.Add(new Piece(start, EndOfPiece(text, start) - start));
        return pieces;
    }

    private static int EndOfPiece(string text, int start)
    {
        foreach (string contraction in Contractions)
        {
            if (string.CompareOrdinal(text, start, contraction, 0, contraction.Length) == 0)
                return start + contraction.Length;
        }

        // One leading space belongs to the word.
        int word = text[start] == ' ' && start + 1 < text.Length ? start + 1 : start;
        var kind = CharacterKinds.At(text, word, out _);
        if (kind != CharacterKind.Space)
            return EndOfRun(text, word, kind);

        // Of several white spaces, the last one before a word belongs to that word.
        int end = EndOfRun(text, start, CharacterKind.Space);
        return end < text.Length && end - start > 1 ? end - 1 : end;
    }

    private static int EndOfRun(string text, int start, CharacterKind kind)
    {
        int end = start;
        while (end < text.Length && CharacterKinds.At(text, end, out int length) == kind)
            end += length;
        return end;
    }
}
