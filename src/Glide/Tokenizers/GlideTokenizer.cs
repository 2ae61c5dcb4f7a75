using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Tokenizers;

namespace Glide.Tokenization;

/// <summary>GLIDE's tokeniser: GPT-2's byte pair encoding of the lower-cased prompt.</summary>
/// <remarks>Special tokens are not recognised in a prompt: <c>&lt;|endoftext|&gt;</c> is punctuation and letters.</remarks>
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

    /// <inheritdoc/>
    public IReadOnlyList<int> Encode(string prompt) => EncodeText(prompt).Ids;

    /// <inheritdoc/>
    public TokenSequence Tokenize(string prompt, int textContext)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(textContext, 1);
        var encoded = EncodeText(prompt);
        var kept = encoded.Ids.Take(textContext).ToArray();
        return TokenSequence.Pad(kept, textContext, PaddingId, PromptCut.Of(encoded, prompt, kept.Length));
    }

    /// <summary>All ids of a prompt and what they cover of its lower-cased form.</summary>
    internal EncodedText EncodeText(string prompt)
    {
        string lower = LowerCase.Of(prompt);
        return _encoder.Encode(lower, GlideSplitter.Split(lower));
    }

    /// <summary>The text of some ids; bytes that are no UTF-8 become U+FFFD.</summary>
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
        using var stream = typeof(GlideTokenizer).Assembly.GetManifestResourceStream($"Glide.Tokenizers.Vocabulary.{name}")
            ?? throw new InvalidOperationException($"The program was built without {name}.");
        using var gzip = new GZipStream(stream, CompressionMode.Decompress);
        using var bytes = new MemoryStream(1 << 20);
        gzip.CopyTo(bytes);
        return bytes.ToArray();
    }
}
