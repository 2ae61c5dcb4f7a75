using Glide.Datasets;
using Glide.Datasets.Sprites;
using Glide.Tests.Support;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.PixelFormats;

namespace Glide.Tests.Datasets;

[Collection(TorchCollection.Name)]
public sealed class SpriteDatasetTests : IDisposable
{
    private const int Size = 64;

    // Lossy WebP of one color; its chroma is coarse.
    private const int LossyTolerance = 8;

    private readonly SpriteFolder _sprites = SpriteFolder.Whole();

    public void Dispose() => _sprites.Dispose();

    [Fact]
    public void A_folder_of_sprites_is_recognized_and_shows_each_sprite_on_white()
    {
        var dataset = Assert.IsType<SpriteDataset>(_sprites.Data.Open().Dataset);
        Assert.Equal(12, dataset.Count);
        Assert.Equal([("3d", 3), ("flat", 3), ("icon", 3), ("noto", 3)], dataset.Styles);
        Assert.Equal("cat (3d)", dataset.NameOf(0));
        var item = dataset.Read(4);
        Assert.Equal(["a puppy"], item.Captions);
        Assert.Equal([255, 255, 255], item.Image.Pixels[..3]);
        Assert.Equal([0, 255, 0], item.Image.Row(16).Slice(3 * 16, 3).ToArray());
        string before = dataset.Fingerprint;
        _sprites.Data.Write("index.json", File.ReadAllText(_sprites.Data["index.json"]) + " ");
        Assert.NotEqual(before, dataset.Fingerprint);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_sprite_may_be_lossy_and_keeps_its_opacity(bool isTransparent)
    {
        using var sprites = new SpriteFolder();
        byte alpha = isTransparent ? (byte)128 : (byte)255;
        using var image = new Image<Rgba32>(32, 32, new Rgba32(200, 40, 90, alpha));
        using var stream = new MemoryStream();
        image.SaveAsWebp(stream, new WebpEncoder { FileFormat = WebpFileFormatType.Lossy });
        sprites.Add("cat", "3d", stream.ToArray());
        var pixel = sprites.Write().Data.Open().Dataset.Read(0).Image.Row(16).Slice(3 * 16, 3).ToArray();
        byte[] expected = [.. new[] { 200, 40, 90 }.Select(level => (byte)(255 + (alpha * (level - 255) / 255)))];
        Assert.All(pixel.Zip(expected), level => Assert.InRange(level.First - level.Second, -LossyTolerance,
            LossyTolerance));
    }

    /// <summary>A list of sprites beside 100 bytes of images, and part of the refusal.</summary>
    public static TheoryData<string, string> BadLists => new()
    {
        { "{}", "is no list of sprites" },
        { "[1]", "sprite 1 is no object" },
        { "[", "is no JSON" },
        { """[{"length":1,"style":"s","name":"n","text":"t"}]""", "sprite 1 has no 'offset'" },
        { """[{"offset":"0","length":1,"style":"s","name":"n","text":"t"}]""", "has no 'offset'" },
        { """[{"offset":0,"length":1.5,"style":"s","name":"n","text":"t"}]""", "has no 'length'" },
        { """[{"offset":0,"length":0,"style":"s","name":"n","text":"t"}]""", "allowed are 1 to 16777216" },
        { """[{"offset":0,"length":-5,"style":"s","name":"n","text":"t"}]""", "allowed are 1 to 16777216" },
        { """[{"offset":0,"length":4000000000,"style":"s","name":"n","text":"t"}]""", "allowed are 1 to 16777216" },
        { """[{"offset":-1,"length":1,"style":"s","name":"n","text":"t"}]""", "do not belong together" },
        { """[{"offset":91,"length":10,"style":"s","name":"n","text":"t"}]""", "bytes 91 to 101" },
        { """[{"offset":9223372036854775807,"length":9,"style":"s","name":"n","text":"t"}]""", "do not belong" },
        { """[{"offset":0,"length":1,"style":"","name":"n","text":"t"}]""", "has no 'style'" },
        { """[{"offset":0,"length":1,"style":"s","name":3,"text":"t"}]""", "has no 'name'" },
        { """[{"offset":0,"length":1,"style":"s","name":"n","captions":[" "]}]""", "its caption is empty" },
        { """[{"offset":0,"length":1,"style":"s","name":"n"}]""", "it has no caption" },
        { """[{"offset":0,"length":1,"style":"s","name":"\ud800","text":"t"}]""", "is no JSON" },
        { "[]", "there are no images" },
        { "", "is empty (0 bytes)" },
    };

    [Theory, MemberData(nameof(BadLists))]
    public void A_damaged_list_is_refused_in_words(string list, string reason)
    {
        _sprites.Data.Write("index.json", list);
        _sprites.Data.Write("sprites.bin", new byte[100]);
        var fault = Assert.Throws<DatasetException>(() => _sprites.Data.Open());
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_sprite_is_left_out_and_named()
    {
        byte[] whole = SpriteFolder.Square([1, 2, 3]);
        byte[] large = SpriteFolder.Square([1, 2, 3]);
        // 1,025 columns, by the header of the pixels.
        int pixels = large.AsSpan().IndexOf("VP8L"u8);
        (large[pixels + 9], large[pixels + 10]) = (0x00, (byte)((large[pixels + 10] & 0xC0) | 0x04));
        _sprites.Add("cut", "3d", whole[..(whole.Length / 2)], "cut");
        _sprites.Add("text", "3d", "hello"u8.ToArray(), "text");
        _sprites.Add("large", "3d", large, "large");
        _sprites.Write();
        using var batches = _sprites.Data.Batches(_sprites.Data.Settings(Size, batchSize: 64));
        Assert.Equal(12, batches.Count);
        Assert.Equal(["cut (3d)", "text (3d)", "large (3d)"], batches.BadItems.Select(bad => bad.Name));
        Assert.Contains("no still WebP", batches.BadItems[1].Reason, StringComparison.Ordinal);
        Assert.Contains("1025×32 pixels; allowed are 1 to 1024", batches.BadItems[2].Reason, StringComparison.Ordinal);
        using var batch = batches.Next();
        Assert.DoesNotContain(batch.Captions, caption => caption.Contains("cut", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_that_can_be_used_is_an_error()
    {
        using var sprites = new SpriteFolder();
        sprites.Add("cat", "3d", "hello"u8.ToArray());
        sprites.Write();
        var fault = Assert.Throws<DatasetException>(() => sprites.Data.Batches(sprites.Data.Settings()));
        Assert.Contains("'cat (3d)'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scenes_do_not_depend_on_threads_or_on_where_a_run_began()
    {
        var settings = _sprites.Data.Settings(Size);
        var expected = Read(settings with { Threads = 1 }, first: 0, count: 6);
        Assert.Equal(24, expected.Select(scene => scene.Pixels).Distinct().Count());
        Assert.Equal(expected, Read(settings with { Threads = 3 }, 0, 6));
        Assert.Equal(expected[12..], Read(settings, first: 3, count: 3));
        Assert.NotEqual(expected, Read(settings with { Seed = 2 }, 0, 6));
        Assert.Empty(Directory.EnumerateFiles(_sprites.Data.CacheFolder));

        var dataset = _sprites.Prepared(settings);
        Assert.Equal(expected.Select(scene => scene.Caption),
            Enumerable.Range(0, 24).Select(number => dataset.Draw(number, settings).Captions.Single()));
    }

    [Fact]
    public void Scenes_and_images_are_mixed_by_weight()
    {
        using var images = new DataFolder();
        images.Fill(5);
        using var batches = new TrainingBatches(
            [_sprites.Data.Open() with { Weight = 3 }, images.Open()], images.Settings(8, SampleOrder.BlockLength));
        using var batch = batches.Next();
        Assert.Equal(17, batches.Count);
        Assert.Equal(SampleOrder.BlockLength * 3 / 4,
            batch.Names.Count(name => name.StartsWith("scene ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Sprites_that_do_not_fit_into_memory_have_the_same_pixels()
    {
        var set = SpriteSet.Open(_sprites.Data.Path);
        var ample = new SpriteMemory(set);
        const int bytesOf16 = 4 * 16 * 16;
        var scarce = new SpriteMemory(set, (2 * bytesOf16) + 1);
        for (int sprite = 0; sprite < 5; sprite++)
        {
            ample.Prepare(sprite, [16]);
            scarce.Prepare(sprite, [16]);
            Assert.Equal(ample.Get(sprite, 8).Pixels, scarce.Get(sprite, 8).Pixels);
            Assert.Equal(16, scarce.Get(sprite, 8).Side);
        }
        Assert.Equal(5 * bytesOf16, ample.Bytes);
        Assert.Equal(2 * bytesOf16, scarce.Bytes);
    }

    [Fact]
    public void The_sheet_shows_scenes_on_their_grounds()
    {
        var report = DatasetReport.Of(_sprites.Data.Open().Dataset, Size, threads: 2, progress: null, default);
        Assert.Equal(4, report.Styles.Count);
        Assert.Equal(9, report.Duplicates);
        var sheet = DatasetSheet.Compose([(_sprites.Data.Open().Dataset, report.Usable)], Size);
        Assert.True(sheet.Width >= 6 * Size);
    }

    private List<(string Name, string Caption, string Pixels)> Read(BatchSettings settings, long first, int count)
    {
        var read = new List<(string, string, string)>();
        using var batches = _sprites.Data.Batches(settings, first);
        for (int i = 0; i < count; i++)
        {
            using var batch = batches.Next();
            int length = 3 * settings.ImageSize * settings.ImageSize * sizeof(float);
            var images = batch.Images.bytes.ToArray().Chunk(length);
            read.AddRange(batch.Names.Zip(batch.Captions, images.Select(Convert.ToHexString)));
        }
        return read;
    }
}
