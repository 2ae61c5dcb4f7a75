using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Glide.Tests.Support;
using Glide.Tokenizers;

namespace Glide.Tests.Tokenizers;

public sealed class ClipTokenizerTests
{
    // It takes under two seconds on a free core, but the core may be shared; quadratic work takes many minutes.
    private static readonly TimeSpan AmpleTime = TimeSpan.FromSeconds(30);
    private static readonly Lazy<ClipTokenizer> Loaded = new(() =>
    {
        using var merges = File.OpenRead(GoldenFiles.ClipMerges);
        return ClipTokenizer.Load(merges);
    });

    private static ClipTokenizer Tokenizer => Loaded.Value;

    public static TheoryData<string> Prompts => GoldenTokens.Prompts(withClip: true);

    [Theory, MemberData(nameof(Prompts))]
    public void Golden_ids_are_equal(string prompt) =>
        Assert.Equal(GoldenTokens.Row(prompt).Clip!, Tokenizer.Encode(prompt));

    // Ids of the original implementation, run with ftfy 6.3.1.
    public static TheoryData<string, int[]> Ids => new()
    {
        { "ﬁve ﬂags", [3127, 12221] },
        { "zero\u200Bwidth", [5848, 9844, 23571] },
        { "Ｆｕｌｌ　ｗｉｄｔｈ ﾊﾝｶｸ", [1476, 23571, 2429, 237, 17671, 37367, 3909, 363] },
        { "“curly” ‘quotes’ don’t", [257, 20795, 257, 262, 5808, 262, 847, 713] },
        { "a &amp;amp; b &lt;3 &eacute;t&Eacute; &#8364; &hearts;",
            [320, 261, 321, 283, 274, 3459, 39694, 6309, 3405] },
        { "AT&T &copy 2021 &notit;", [536, 261, 339, 5811, 273, 271, 273, 272, 126, 361, 585, 282] },
        { "ΟΔΟΣ ὈΔΥΣΣΕΎΣ.", [138, 123, 138, 112, 138, 123, 139, 480, 157, 121, 222, 138, 112, 139, 227, 139, 225, 139,
            225, 138, 113, 139, 235, 139, 480, 269] },
        { "𝐚𝐛 𝟙𝟚 𠀀𠀁", [15889, 248, 15889, 505, 6874, 253, 503, 6874, 253, 504, 172, 254, 222, 222, 172, 254, 222,
            479] },
        { "don'ſ \u0345x", [847, 6, 129, 379, 343] },
        { "<|EndOfText|>.<|endoftext|>", [49407, 13, 27, 347, 40786, 4160, 91, 285] },
        { "&#128169; &#0; &#xD800;", [28847, 39802, 39802] },
        { "\ud83e \udd94", [39802, 39802] },
        { "a\0b\u0007c\u200Fd", [5334, 728, 493, 323] },
        { "👩\u200D👩\u200D👧\u200D👦🏽 ❤\uFE0F", [26304, 26304, 48938, 4244, 964, 99, 6114, 1752] },
    };

    [Theory, MemberData(nameof(Ids))]
    public void Encode_gives_the_ids_of_the_original(string prompt, int[] expected) =>
        Assert.Equal(expected, Tokenizer.Encode(prompt));

    [Fact]
    public void Tokenize_frames_and_pads_with_zeros()
    {
        var sequence = Tokenizer.Tokenize("an oil painting of a corgi", 10);
        Assert.Equal([49406, 550, 2870, 3086, 539, 320, 31320, 49407, 0, 0], sequence.Ids);
        Assert.Equal([true, true, true, true, true, true, true, true, false, false], sequence.Mask);
        Assert.Equal(8, sequence.Length);
        Assert.Null(sequence.Cut);
        Assert.Null(Tokenizer.Tokenize("an oil painting of a corgi", 8).Cut);
    }

    [Fact]
    public void Tokenize_of_nothing_is_start_and_end()
    {
        var sequence = Tokenizer.Tokenize("", 4);
        Assert.Equal([49406, 49407, 0, 0], sequence.Ids);
        Assert.Equal(2, sequence.Length);
    }

    [Theory]
    [InlineData("An  Oil Painting of a Corgi", 5, "An Oil Painting", 3, 6)]
    [InlineData("🦔 x", 3, "", 1, 3)]
    [InlineData("A naïve façade", 6, "A naïve", 4, 7)]
    [InlineData("ﬁve ﬂags of a corgi in the air", 8, "e flags of a corgi in", 6, 8)]
    public void A_cut_keeps_the_end_token(string prompt, int context, string end, int kept, int total)
    {
        var sequence = Tokenizer.Tokenize(prompt, context);
        Assert.Equal(49407, sequence.Ids[^1]);
        Assert.Equal(context, sequence.Length);
        Assert.NotNull(sequence.Cut);
        Assert.Equal((kept, total), (sequence.Cut.KeptTokens, sequence.Cut.TotalTokens));
        Assert.Equal(end[Math.Max(0, end.Length - 20)..], sequence.Cut.KeptEnd);
    }

    public static TheoryData<string> Parts => new()
    {
        "a", "ab", "7", "'", "'s", "漢字", "🦔漢", "e\u0301", "\u0301\u0323", "\u1112\u1161\u11AB",
        "&", "&amp", "&amp;", "&x", "&lt;", "#65286;", "&#65279", "&#894", "&semi", "&am&#112", ";",
        "\u001b[", "\u001b[1;", "ﬁ", "“", "＆", "<", "\n", "\r\n", "\ud83e",
    };

    [Theory, MemberData(nameof(Parts))]
    public void A_megabyte_takes_no_time(string part)
    {
        string prompt = string.Concat(Enumerable.Repeat(part, 1_000_000 / Encoding.UTF8.GetByteCount(part)));
        var clock = Stopwatch.StartNew();
        Tokenizer.Encode(prompt);
        // One reference: in some of these texts, the next one appears only when the one before it is decoded.
        Tokenizer.Encode("&" + prompt + ";");
        Assert.True(clock.Elapsed < AmpleTime, $"{clock.Elapsed}");
    }

    [Fact]
    public void Nested_references_take_no_time()
    {
        const int Depth = 200_000;
        string prompt = string.Concat(Enumerable.Repeat("&#5", Depth)) + "&#48;" + new string(';', Depth);
        var clock = Stopwatch.StartNew();
        Tokenizer.Encode(prompt);
        Assert.True(clock.Elapsed < AmpleTime, $"{clock.Elapsed}");
    }

    public static TheoryData<string, byte[]> WrongFiles => new()
    {
        { "nothing", [] },
        { "no gzip", Encoding.UTF8.GetBytes("#version: 0.2\na b\n") },
        { "other text", Gzip("hello") },
        { "too short", Gzip("\"bpe_simple_vocab_16e6.txt#version: 0.2\ni n\nt h\n") },
        { "not pairs", Gzip("\"bpe_simple_vocab_16e6.txt#version: 0.2\n"
            + string.Concat(Enumerable.Range(0, 50_000).Select(line => $"{line}\n"))) },
        { "pairs out of the blue", Gzip("\"bpe_simple_vocab_16e6.txt#version: 0.2\n"
            + string.Concat(Enumerable.Range(0, 50_000).Select(line => $"x y{line}\n"))) },
        { "one pair for ever", Gzip("\"bpe_simple_vocab_16e6.txt#version: 0.2\n"
            + string.Concat(Enumerable.Repeat("a b\n", 50_000))) },
    };

    [Theory, MemberData(nameof(WrongFiles))]
    public void Load_refuses_what_is_not_the_merges(string _, byte[] bytes)
    {
        var error = Assert.Throws<CheckpointException>(() => ClipTokenizer.Load(new MemoryStream(bytes)));
        Assert.Contains("bpe_simple_vocab_16e6.txt.gz", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_refuses_a_cut_file()
    {
        byte[] whole = File.ReadAllBytes(GoldenFiles.ClipMerges);
        Assert.Throws<CheckpointException>(() => ClipTokenizer.Load(new MemoryStream(whole, 0, 100_000)));
    }

    private static byte[] Gzip(string text)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return bytes.ToArray();
    }
}
