using System.Diagnostics;
using System.Text;
using Glide.Tokenizers;

namespace Glide.Tests.Tokenizers;

public sealed class GlideTokenizerTests
{
    // It takes under a second on a free core, but the core may be shared; quadratic work takes many minutes.
    private static readonly TimeSpan AmpleTime = TimeSpan.FromSeconds(15);
    private static readonly GlideTokenizer Tokenizer = GlideTokenizer.Load();

    public static TheoryData<string> Prompts => GoldenTokens.Prompts(withClip: false);

    [Theory, MemberData(nameof(Prompts))]
    public void Golden_ids_are_equal(string prompt) =>
        Assert.Equal(GoldenTokens.Row(prompt).Glide, Tokenizer.Encode(prompt));

    [Theory, MemberData(nameof(Prompts))]
    public void Golden_ids_stand_for_the_text(string prompt) =>
        Assert.Equal(GoldenTokens.Row(prompt).GlideDecoded, Tokenizer.Decode(GoldenTokens.Row(prompt).Glide));

    // Ids of the original implementation.
    public static TheoryData<string, int[]> Ids => new()
    {
        { "𝐚𝐛 𝟙𝟚 𠀀𠀁", [47728, 238, 248, 47728, 238, 249, 220, 47728, 253, 247, 47728, 253, 248, 220, 172, 254,
            222, 222, 172, 254, 222, 223] },
        { "ΟΔΟΣ ὈΔΥΣΣΕΎΣ.", [26517, 138, 112, 26517, 35558, 28053, 121, 222, 138, 112, 139, 227, 38392, 38392, 30950,
            139, 235, 35558, 13] },
        { "a\0b\u0007c\u200Fd", [64, 188, 65, 195, 66, 447, 237, 67] },
        { "\u001b[31mred\u001b[0m car", [215, 58, 3132, 76, 445, 215, 58, 15, 76, 1097] },
        { "e\u0301 \u0345x", [68, 136, 223, 220, 137, 227, 87] },
        { "one\r\ntwo\u2028three\u0085four", [505, 201, 198, 11545, 447, 101, 15542, 126, 227, 14337] },
        { "<|EndOfText|>.<|endoftext|>", [27, 91, 437, 1659, 5239, 91, 28401, 27, 91, 437, 1659, 5239, 91, 29] },
        { "👩\u200D👩\u200D👧\u200D👦🏽 ❤\uFE0F", [41840, 102, 447, 235, 41840, 102, 447, 235, 41840, 100, 447, 235,
            41840, 99, 8582, 237, 121, 43074, 97, 37929] },
    };

    [Theory, MemberData(nameof(Ids))]
    public void Encode_gives_the_ids_of_the_original(string prompt, int[] expected) =>
        Assert.Equal(expected, Tokenizer.Encode(prompt));

    public static TheoryData<string, string> Equals_to => new()
    {
        { "A RED Circle", "a red circle" },
        { "ΟΔΟΣ", "οδος" },
        { "\ud83e", "\ufffd" },
        { "a\udc00b", "a\ufffdb" },
    };

    [Theory, MemberData(nameof(Equals_to))]
    public void Encode_reads_them_alike(string prompt, string same) =>
        Assert.Equal(Tokenizer.Encode(same), Tokenizer.Encode(prompt));

    [Theory]
    [InlineData("\0")]
    [InlineData("a\0b\u0001\u007f")]
    [InlineData("\u202eright to left\u202c \u200f")]
    [InlineData("👩\u200d👩\u200d👧\u200d👦🏽 ❤️")]
    [InlineData("<|endoftext|> <|startoftext|>")]
    [InlineData("𝐚𝐛 𝟙𝟚 𠀀𠀁")]
    public void Ids_stand_for_the_whole_prompt(string prompt)
    {
        var ids = Tokenizer.Encode(prompt);
        Assert.Equal(prompt, Tokenizer.Decode(ids));
        Assert.All(ids, id => Assert.InRange(id, 0, GlideTokenizer.PaddingId - 1));
    }

    [Fact]
    public void Tokenize_pads_with_the_end_of_text_and_masks_it()
    {
        var sequence = Tokenizer.Tokenize("an oil painting of a corgi", 9);
        Assert.Equal([272, 3056, 12036, 286, 257, 1162, 12397, 50256, 50256], sequence.Ids);
        Assert.Equal([true, true, true, true, true, true, true, false, false], sequence.Mask);
        Assert.Equal(7, sequence.Length);
        Assert.Null(sequence.Cut);
    }

    [Fact]
    public void Tokenize_of_nothing_is_all_padding()
    {
        var sequence = Tokenizer.Tokenize("", 3);
        Assert.Equal([50256, 50256, 50256], sequence.Ids);
        Assert.Equal([false, false, false], sequence.Mask);
        Assert.Equal(0, sequence.Length);
        Assert.Null(sequence.Cut);
    }

    [Fact]
    public void A_prompt_that_just_fits_is_not_cut() =>
        Assert.Null(Tokenizer.Tokenize("an oil painting of a corgi", 7).Cut);

    // The hedgehog is three ids: it counts when all of it is kept.
    public static TheoryData<string, int, string> Cuts => new()
    {
        { "An Oil Painting of a Corgi", 3, "An Oil Painting" },
        { "An Oil Painting of a Corgi", 6, "il Painting of a Cor" },
        { "İİİ x y", 3, "İ" },
        { "İİİ x y", 6, "İİ" },
        { "🦔🦔", 1, "" },
        { "🦔🦔", 2, "" },
        { "🦔🦔", 3, "🦔" },
        { "🦔🦔", 5, "🦔" },
        { "🦔aaaaaaaaaaaaaaaaaaabc", 4, "🦔aaaa" },
        { "🦔aaaaaaaaaaaaaaaaaaabc", 8, "🦔aaaaaaaaaaaaaaaaaa" },
    };

    [Theory, MemberData(nameof(Cuts))]
    public void A_cut_shows_the_last_characters_that_were_kept(string prompt, int context, string end)
    {
        int total = Tokenizer.Encode(prompt).Count;
        var sequence = Tokenizer.Tokenize(prompt, context);
        Assert.Equal(context, sequence.Ids.Length);
        Assert.Equal(new PromptCut(context, total, end), sequence.Cut);
    }

    [Fact]
    public void A_cut_does_not_begin_in_the_middle_of_a_character()
    {
        // Twenty units from the end lies the second half of the hedgehog.
        var cut = Tokenizer.Tokenize("🦔 is an old hedgehog and yes", 8).Cut;
        Assert.Equal(new PromptCut(8, 10, " is an old hedgehog"), cut);
    }

    public static TheoryData<string> Parts => new()
    {
        "a", " ", "\n", "ab", "a ", "a1 ", "7", "Σ", "Σ.", "İ",
        "\u0301", "!", "'", "'s", "漢字", "🦔漢", "🦔", "\ud83e", "\0",
    };

    [Theory, MemberData(nameof(Parts))]
    public void A_megabyte_takes_no_time(string part)
    {
        string prompt = string.Concat(Enumerable.Repeat(part, 1_000_000 / Encoding.UTF8.GetByteCount(part)));
        var clock = Stopwatch.StartNew();
        var sequence = Tokenizer.Tokenize(prompt, 128);
        Assert.True(clock.Elapsed < AmpleTime, $"{clock.Elapsed}");
        Assert.NotNull(sequence.Cut);
    }

    [Fact]
    public void Framed_puts_start_and_end_around_and_zeros_behind()
    {
        var framed = new FramedGlideTokenizer(Tokenizer, startId: 50257, endId: 50258);
        var sequence = framed.Tokenize("an oil painting", 7);
        Assert.Equal([50257, 272, 3056, 12036, 50258, 0, 0], sequence.Ids);
        Assert.Equal([true, true, true, true, true, false, false], sequence.Mask);
        Assert.Equal(5, sequence.Length);
        Assert.Null(sequence.Cut);
        Assert.Equal([272, 3056, 12036], framed.Encode("an oil painting"));
    }

    [Fact]
    public void Framed_keeps_room_for_start_and_end()
    {
        var framed = new FramedGlideTokenizer(Tokenizer, startId: 1, endId: 2);
        var sequence = framed.Tokenize("An Oil Painting of a corgi", 4);
        Assert.Equal([1, 272, 3056, 2], sequence.Ids);
        Assert.Equal(4, sequence.Length);
        Assert.Equal(new PromptCut(2, 7, "An Oil"), sequence.Cut);
    }

    [Fact]
    public void A_context_without_room_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Tokenizer.Tokenize("a", 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FramedGlideTokenizer(Tokenizer, 1, 2).Tokenize("a", 2));
    }
}
