using System.Text;
using Glide.Images;

namespace Glide.Tests.Images;

public sealed class PngTextTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_gives_back_what_SavePng_wrote()
    {
        KeyValuePair<string, string>[] texts =
        [
            new("prompt", "a red circle above a blue square"),
            new("umlauts", "Häuschen, garçon"),
            new("beyond Latin-1", "雪の庭 🎨 — “quoted”"),
            new("long", string.Concat(Enumerable.Repeat("many words ", 300))),
            new("long beyond Latin-1", string.Concat(Enumerable.Repeat("雪", 3000))),
            new("lines", "first\nsecond"),
            new("empty", ""),
            new("prompt", "the same keyword again"),
        ];
        ImageFile.SavePng(_folder["a.png"], new RgbImage(2, 2), texts);

        Assert.Equal(texts, ImageFile.ReadTexts(_folder["a.png"]));
        var bytes = File.ReadAllBytes(_folder["a.png"]);
        Assert.True(bytes.Length < 2000, "long texts are compressed");
    }

    [Fact]
    public void SavePng_keeps_prompts_that_a_chunk_cannot_hold_readable()
    {
        ImageFile.SavePng(_folder["a.png"], new RgbImage(1, 1), [new("prompt", "nul \0 and half a pair \uD83C.")]);

        Assert.Equal("nul \uFFFD and half a pair \uFFFD.", ImageFile.ReadTexts(_folder["a.png"]).Single().Value);
    }

    [Fact]
    public void Read_knows_all_three_chunks_before_and_behind_the_pixels()
    {
        byte[] plain = [.. "Title\0"u8, .. Encoding.Latin1.GetBytes("caf\u00E9")];
        byte[] packed = [.. "Comment\0\0"u8, .. PngBuilder.Deflate("packed"u8.ToArray())];
        byte[] international = [.. "Author\0\0\0fr\0Auteur\0"u8, .. Encoding.UTF8.GetBytes("Zoé 雪")];
        byte[] both = [.. "Source\0\u0001\0\0\0"u8, .. PngBuilder.Deflate(Encoding.UTF8.GetBytes("雪雪"))];
        string path = _folder.Write("texts.png", PngBuilder.Black(1, 1,
            before: [PngBuilder.Chunk("tEXt", plain), PngBuilder.Chunk("zTXt", packed)],
            after: [PngBuilder.Chunk("iTXt", international), PngBuilder.Chunk("iTXt", both)]));

        Assert.Equal(
            [new("Title", "café"), new("Comment", "packed"), new("Author", "Zoé 雪"), new("Source", "雪雪")],
            ImageFile.ReadTexts(path));
    }

    [Fact]
    public void Read_leaves_out_what_is_damaged()
    {
        var wrongSum = PngBuilder.Chunk("tEXt", [.. "Title\0a"u8]);
        wrongSum[^1] ^= 1;
        byte[] noStream = [.. "Comment\0\0no deflate"u8];
        byte[] otherMethod = [.. "Comment\0\u0001"u8, .. PngBuilder.Deflate([65])];
        byte[] noKeyword = [.. "\0text"u8];
        byte[] longKeyword = [.. Enumerable.Repeat((byte)'k', 80), 0, 65];
        byte[] noEnd = [.. "Comment"u8];
        byte[] cut = [.. "Author\0\0\0fr"u8];
        string path = _folder.Write("texts.png", PngBuilder.Black(1, 1, before:
            [wrongSum, PngBuilder.Chunk("zTXt", noStream), PngBuilder.Chunk("zTXt", otherMethod),
             PngBuilder.Chunk("tEXt", noKeyword),
             PngBuilder.Chunk("tEXt", longKeyword), PngBuilder.Chunk("tEXt", noEnd), PngBuilder.Chunk("iTXt", cut),
             PngBuilder.Chunk("iTXt", noEnd),
             PngBuilder.Chunk("tEXt", [.. "Title\0kept"u8])]));

        Assert.Equal([new("Title", "kept")], ImageFile.ReadTexts(path));
    }

    // Few bytes that become very many, one by one and all together.
    [Fact]
    public void Read_has_limits()
    {
        byte[] Chunk(string type, int length) => PngBuilder.Chunk(type, type switch
        {
            "iTXt" => [.. "Comment\0\u0001\0\0\0"u8, .. PngBuilder.Deflate(new byte[length])],
            "zTXt" => [.. "Comment\0\0"u8, .. PngBuilder.Deflate(new byte[length])],
            _ => [.. "Comment\0"u8, .. Enumerable.Repeat((byte)'x', length)],
        });
        const int Megabyte = 1 << 20;
        foreach (string type in new[] { "tEXt", "zTXt", "iTXt" })
        {
            byte[][] chunks = [Chunk(type, Megabyte - 8), Chunk(type, Megabyte + 1), Chunk(type, 3)];
            string path = _folder.Write("long.png", PngBuilder.Black(1, 1, before: chunks));
            Assert.Equal([Megabyte - 8, 3], ImageFile.ReadTexts(path).Select(text => text.Value.Length));
        }

        byte[][] many = [.. Enumerable.Repeat(Chunk("tEXt", 1), 1500)];
        Assert.Equal(1000, ImageFile.ReadTexts(_folder.Write("many.png", PngBuilder.Black(1, 1, before: many))).Count);
        byte[][] large = [.. Enumerable.Repeat(Chunk("zTXt", Megabyte + 1), 8), Chunk("tEXt", 1)];
        Assert.Empty(ImageFile.ReadTexts(_folder.Write("large.png", PngBuilder.Black(1, 1, before: large))));
    }

    [Fact]
    public void Read_of_a_jpeg_without_metadata_is_empty() =>
        Assert.Empty(ImageFile.ReadTexts(_folder.Write("a.jpg", JpegSamples.Gray)));

    [Fact]
    public void Read_refuses_what_is_no_image() =>
        Assert.Throws<UsageException>(() => ImageFile.ReadTexts(_folder.Write("a.png", "text"u8.ToArray())));
}
