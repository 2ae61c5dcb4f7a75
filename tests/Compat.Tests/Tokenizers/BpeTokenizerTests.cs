using Microsoft.ML.Tokenizers;

namespace Glide.Compat.Tests.Tokenizers;

public sealed class BpeTokenizerTests
{
    // l=0 o=1 w=2 e=3 r=4 Ġ=5 lo=6 low=7 er=8 Ġlow=9 é's bytes Ã=10 ©=11 é=12
    private static readonly string[] Tokens = ["l", "o", "w", "e", "r", "Ġ", "lo", "low", "er", "Ġlow", "Ã", "©", "Ã©"];
    private static readonly string[] Merges = ["l o", "lo w", "e r", "Ġ low", "Ã ©"];

    public static TheoryData<string, int[]> Words => new()
    {
        { "", [] },
        { "l", [0] },
        { "low", [7] },
        { "lower", [7, 8] },
        { " lower", [9, 8] },
        { "wol", [2, 1, 0] },
        { "lolo", [6, 6] },
        { "erer", [8, 8] },
        { "é", [12] },
        { "loé", [6, 12] },
        { "xlow", [7] },
    };

    [Theory, MemberData(nameof(Words))]
    public void Pairs_are_merged_lowest_rank_first(string word, int[] expected) =>
        Assert.Equal(expected, ByteLevel().EncodeToIds(word, considerPreTokenization: false, considerNormalization: false));

    [Fact]
    public void Rank_decides_before_position()
    {
        // "abc": b c has the lower rank, so a b is never made.
        var bpe = BpeTokenizer.Create(new BpeOptions(Numbered("a", "b", "c", "bc", "ab")) { Merges = ["b c", "a b"], ByteLevel = true });
        Assert.Equal([0, 3], bpe.EncodeToIds("abc", considerPreTokenization: false));
        Assert.Equal([4, 3], bpe.EncodeToIds("abbc", considerPreTokenization: false));
    }

    [Fact]
    public void Of_overlapping_pairs_the_left_one_is_merged()
    {
        var bpe = BpeTokenizer.Create(new BpeOptions(Numbered("a", "aa", "aaaa")) { Merges = ["a a", "aa aa"], ByteLevel = true });
        Assert.Equal([1, 0], bpe.EncodeToIds("aaa", considerPreTokenization: false));
        Assert.Equal([2, 1, 0], bpe.EncodeToIds("aaaaaaa", considerPreTokenization: false));
    }

    [Fact]
    public void The_suffix_marks_the_last_symbol_of_a_word()
    {
        var bpe = BpeTokenizer.Create(new BpeOptions(Numbered("a", "b", "a</w>", "b</w>", "ab", "ab</w>"))
        {
            Merges = ["a b", "a b</w>"],
            ByteLevel = true,
            EndOfWordSuffix = "</w>",
        });
        Assert.Equal([5], bpe.EncodeToIds("ab", considerPreTokenization: false));
        Assert.Equal([4, 5], bpe.EncodeToIds("abab", considerPreTokenization: false));
        Assert.Equal([4, 2], bpe.EncodeToIds("aba", considerPreTokenization: false));
        Assert.Equal([2], bpe.EncodeToIds("a", considerPreTokenization: false));
        Assert.Equal("aba", bpe.Decode([4, 2]));
    }

    [Fact]
    public void A_special_token_is_a_whole_word_only()
    {
        var bpe = BpeTokenizer.Create(new BpeOptions(Numbered("<", "e", ">"))
        {
            ByteLevel = true,
            SpecialTokens = new Dictionary<string, int> { ["<e>"] = 77 },
        });
        Assert.Equal([77], bpe.EncodeToIds("<e>", considerPreTokenization: false));
        Assert.Equal([0, 1, 2, 2], bpe.EncodeToIds("<e>>", considerPreTokenization: false));
        Assert.Equal("<e>e", bpe.Decode([77, 1]));
    }

    [Fact]
    public void Words_are_split_unless_told_otherwise() =>
        Assert.Equal([7, 7, 8], ByteLevel().EncodeToIds("low lower"));

    [Fact]
    public void Characters_are_symbols_without_byte_level()
    {
        var bpe = BpeTokenizer.Create(new BpeOptions(Numbered("é", "🦔", "é🦔")) { Merges = ["é 🦔"] });
        Assert.Equal([2, 0], bpe.EncodeToIds("é🦔é", considerPreTokenization: false));
        Assert.Equal("é🦔é", bpe.Decode([2, 0]));
    }

    [Fact]
    public void Decode_joins_bytes_before_it_reads_them()
    {
        Assert.Equal(" lowé", ByteLevel().Decode([9, 10, 11]));
        Assert.Equal("\ufffd", ByteLevel().Decode([10]));
        Assert.Equal("low", ByteLevel().Decode([7, 999]));
    }

    [Fact]
    public void A_lone_surrogate_is_the_replacement_character()
    {
        var bpe = BpeTokenizer.Create(new BpeOptions(Numbered("ï", "¿", "½")) { ByteLevel = true });
        Assert.Equal([0, 1, 2], bpe.EncodeToIds("\ud800", considerPreTokenization: false));
    }

    [Fact]
    public void Every_byte_has_a_symbol_of_its_own()
    {
        // GPT-2's table: visible Latin-1 characters stand for themselves, the others for U+0100 and up, in order.
        string symbols = string.Concat(Enumerable.Range(0, 0x180).Select(value => (char)value));
        var bpe = BpeTokenizer.Create(new BpeOptions(Numbered([.. symbols.Select(symbol => symbol.ToString())])) { ByteLevel = true });
        Assert.Equal([0x100], bpe.EncodeToIds("\0", considerPreTokenization: false));
        Assert.Equal([0x120], bpe.EncodeToIds(" ", considerPreTokenization: false));
        Assert.Equal(['!'], bpe.EncodeToIds("!", considerPreTokenization: false));
        Assert.Equal([0x121], bpe.EncodeToIds("\u007f", considerPreTokenization: false));
        Assert.Equal([0xC2, 0x143], bpe.EncodeToIds("\u00ad", considerPreTokenization: false));
    }

    public static TheoryData<string, string> BadMerges => new()
    {
        { "a", "'a'" }, { "a b c", "'a b c'" }, { "a ", "'a '" }, { " a", "' a'" },
        { "a x", "'x'" }, { "x a", "'x'" }, { "b a", "'ba'" },
    };

    [Theory, MemberData(nameof(BadMerges))]
    public void A_merge_that_makes_no_sense_is_refused(string merge, string named)
    {
        var options = new BpeOptions(Numbered("a", "b", "ab")) { Merges = [merge] };
        Assert.Contains(named, Assert.Throws<InvalidOperationException>(() => BpeTokenizer.Create(options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_vocabulary_is_refused() =>
        Assert.Throws<InvalidOperationException>(() => BpeTokenizer.Create(new BpeOptions([])));

    [Fact]
    public void Nothing_more_is_public_than_glide_uses() => Assert.Equal(
        ["BpeOptions", "BpeTokenizer", "Tokenizer"],
        typeof(BpeTokenizer).Assembly.GetExportedTypes().Select(type => type.Name).Order(StringComparer.Ordinal));

    private static BpeTokenizer ByteLevel() =>
        BpeTokenizer.Create(new BpeOptions(Numbered(Tokens)) { Merges = Merges, ByteLevel = true });

    private static IEnumerable<KeyValuePair<string, int>> Numbered(params string[] tokens) =>
        tokens.Select((token, id) => KeyValuePair.Create(token, id));
}
