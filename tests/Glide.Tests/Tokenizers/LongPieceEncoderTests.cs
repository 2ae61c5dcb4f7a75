using System.Text;
using Glide.Tests.Support;
using Glide.Tokenizers;

namespace Glide.Tests.Tokenizers;

public sealed class LongPieceEncoderTests
{
    private const int RandomPrompts = 20;

    private static readonly Lazy<ReferenceBpe> GlideReference = new(ReferenceBpe.Glide);
    private static readonly Lazy<ReferenceBpe> ClipReference = new(ReferenceBpe.Clip);
    private static readonly Lazy<GlideTokenizer> GlideTokens = new(GlideTokenizer.Load);
    private static readonly Lazy<ClipTokenizer> ClipTokens = new(() =>
    {
        using var merges = File.OpenRead(GoldenFiles.ClipMerges);
        return ClipTokenizer.Load(merges);
    });

    public static TheoryData<string> Alphabets => new()
    {
        "ab", "hao", "aeinrst", "abcdefghijklmnopqrstuvwxyz", "0123456789",
        "=-_*#.", " ", "\n ", "\u00A0\u3000\t", "'ſs",
        "漢字東京都", "🦔👩👧\u200D", "🦔漢aé", "\u0301\u0323\u0345", "\ud83e\udd94\u00FF", "\0\u0001\u007F\u0080\u0100",
    };

    public static TheoryData<string> Parts => new() { "a", "ab", "ha", "0", "=", "!", " ", "\n", "漢字", "🦔", "\u0301" };

    [Theory, MemberData(nameof(Alphabets))]
    public void Glide_ids_of_random_words_are_the_references(string alphabet)
    {
        foreach (string prompt in Words(alphabet))
            Assert.Equal(GlideIds(prompt), GlideTokens.Value.Encode(prompt));
    }

    [Theory, MemberData(nameof(Alphabets))]
    public void Clip_ids_of_random_words_are_the_references(string alphabet)
    {
        foreach (string prompt in Words(alphabet))
            Assert.Equal(ClipIds(prompt), ClipTokens.Value.Encode(prompt));
    }

    [Theory, MemberData(nameof(Parts))]
    public void A_word_of_two_hundred_thousand_is_cut_where_the_reference_cuts_it(string part)
    {
        string prompt = string.Concat(Enumerable.Repeat(part, 200_000 / part.Length));
        int[] glide = GlideIds(prompt);
        var sequence = GlideTokens.Value.Tokenize(prompt, 128);
        Assert.Equal(glide.Take(128).Select(id => (long)id), sequence.Ids);
        Assert.Equal((128, glide.Length), (sequence.Cut!.KeptTokens, sequence.Cut.TotalTokens));
        Assert.Equal(ClipIds(prompt), ClipTokens.Value.Encode(prompt));
    }

    private static int[] GlideIds(string prompt)
    {
        string lower = LowerCase.Of(prompt);
        return Ids(GlideReference.Value, lower, GlideSplitter.Split(lower));
    }

    private static int[] ClipIds(string prompt)
    {
        string lower = LowerCase.Of(ClipTextCleaner.Clean(prompt));
        return Ids(ClipReference.Value, lower, ClipSplitter.Split(lower));
    }

    private static int[] Ids(ReferenceBpe reference, string text, List<Piece> pieces) =>
        [.. pieces.SelectMany(piece => reference.Encode(text[piece.Start..piece.End]))];

    // Lengths on both sides of where the package stops and the own encoder begins.
    private static IEnumerable<string> Words(string alphabet)
    {
        var random = new Random(alphabet.Length);
        int[] lengths = [127, 128, 129, .. Enumerable.Range(0, RandomPrompts).Select(_ => random.Next(129, 600))];
        foreach (int length in lengths)
        {
            var word = new StringBuilder(length);
            while (word.Length < length)
                word.Append(alphabet[random.Next(alphabet.Length)]);
            yield return word.ToString();
        }
    }
}
