using Glide.Datasets;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.PixelFormats;

namespace Glide.Tests.Datasets;

public sealed class FolderDatasetTests : IDisposable
{
    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public void Images_of_all_formats_and_folders_are_found_with_every_line_of_their_captions()
    {
        using var image = new Image<Rgb24>(9, 7, new Rgb24(10, 20, 30));
        _data.Write("b/c/x.jpeg", Encoded(stream => image.SaveAsJpeg(stream)));
        _data.Write("b/c/x.txt", "  one \r\n\n two\n");
        _data.Write("a.WEBP", Encoded(stream => image.SaveAsWebp(stream,
            new WebpEncoder { FileFormat = WebpFileFormatType.Lossless })));
        _data.Write("a.txt", "\uFEFFa caption");
        _data.Write("b.d.png", DataFolder.Png(3, 2, 7));
        _data.Write("b.d.txt", "dots");
        var dataset = _data.Open().Dataset;
        Assert.Equal(["a.WEBP", "b.d.png", "b/c/x.jpeg"], Enumerable.Range(0, dataset.Count).Select(dataset.NameOf));
        Assert.Equal(["a caption"], dataset.Read(0).Captions);
        Assert.Equal(["dots"], dataset.Read(1).Captions);
        Assert.Equal(["one", "two"], dataset.Read(2).Captions);
        Assert.Equal([10, 20, 30], dataset.Read(0).Image.Pixels[..3]);
        Assert.Equal((3, 2), (dataset.Read(1).Image.Width, dataset.Read(1).Image.Height));
    }

    /// <summary>A file, its caption, and part of the reason why it cannot be used.</summary>
    public static TheoryData<string, byte[], byte[]?, string> BadFiles => new()
    {
        { "cut.png", DataFolder.Png(8, 8, 1)[..60], "x"u8.ToArray(), "ends early" },
        { "text.jpg", "hello"u8.ToArray(), "x"u8.ToArray(), "is text; only PNG" },
        { "moving.gif", "GIF89a"u8.ToArray(), "x"u8.ToArray(), "is a GIF" },
        { "empty.png", [], "x"u8.ToArray(), "is empty" },
        { "alone.png", DataFolder.Png(8, 8, 1), null, "there is no 'alone.txt' beside it" },
        { "blank.png", DataFolder.Png(8, 8, 1), " \n\n"u8.ToArray(), "its caption is empty" },
        { "nothing.png", DataFolder.Png(8, 8, 1), [], "its caption is empty" },
        { "latin.png", DataFolder.Png(8, 8, 1), [0x63, 0xE9], "byte 0xE9 is not UTF-8" },
        { "utf16.png", DataFolder.Png(8, 8, 1), [0xFF, 0xFE, 0x63, 0], "UTF-16" },
        { "long.png", DataFolder.Png(8, 8, 1), new byte[CaptionText.MostBytes + 1], "at most 1048576" },
    };

    [Theory, MemberData(nameof(BadFiles))]
    public void A_bad_item_is_named_with_a_reason(string name, byte[] image, byte[]? caption, string reason)
    {
        _data.Fill(1);
        _data.Write(name, image);
        if (caption is not null)
            _data.Write(Path.ChangeExtension(name, ".txt"), caption);
        var faults = DataFolder.Faults(_data.Open().Dataset);
        Assert.Null(faults["000.png"]);
        Assert.Contains(reason, faults[name], StringComparison.Ordinal);
        Assert.DoesNotContain('\n', faults[name]!);
        using var batches = _data.Batches(_data.Settings());
        Assert.Equal(1, batches.Count);
        Assert.Equal(new BadItem(name, faults[name]!), Assert.Single(batches.BadItems));
    }

    [Fact]
    public void Links_in_a_circle_and_hidden_files_are_left_out()
    {
        _data.Fill(2);
        _data.Write(".hidden/x.png", DataFolder.Png(8, 8, 1));
        _data.Write("._000.png", DataFolder.Png(8, 8, 1));
        Directory.CreateSymbolicLink(_data["circle"], _data.Path);
        File.CreateSymbolicLink(_data["broken.png"], _data["nowhere.png"]);
        File.CreateSymbolicLink(_data["self.png"], "self.png");
        var faults = DataFolder.Faults(_data.Open().Dataset);
        Assert.Equal(["000.png", "001.png", "broken.png", "self.png"], faults.Keys);
        Assert.NotNull(faults["broken.png"]);
        Assert.NotNull(faults["self.png"]);
    }

    [Fact]
    public void Devices_are_not_read()
    {
        File.CreateSymbolicLink(_data["endless.png"], "/dev/zero");
        _data.Write("endless.txt", "x");
        _data.Write("caption.png", DataFolder.Png(8, 8, 1));
        File.CreateSymbolicLink(_data["caption.txt"], "/dev/zero");
        var faults = DataFolder.Faults(_data.Open().Dataset);
        Assert.Contains("device", faults["endless.png"], StringComparison.Ordinal);
        Assert.Contains("empty", faults["caption.png"], StringComparison.Ordinal);
    }

    [Fact]
    public void When_all_items_are_bad_the_first_reasons_are_named()
    {
        for (int i = 0; i < 5; i++)
            _data.Write($"{i}.png", "no image"u8.ToArray());
        var fault = Assert.Throws<DatasetException>(() => _data.Batches(_data.Settings()));
        Assert.Contains("none of the 5 items", fault.Message, StringComparison.Ordinal);
        Assert.Contains("'0.png': it has no caption", fault.Message, StringComparison.Ordinal);
        Assert.Contains("'2.png'", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'3.png'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_that_is_too_long_and_thin_is_bad()
    {
        _data.Fill(1);
        _data.Write("thin.png", DataFolder.Png(170, 10, 1));
        _data.Write("thin.txt", "thin");
        _data.Write("long.png", DataFolder.Png(160, 10, 1));
        _data.Write("long.txt", "long");
        using var batches = _data.Batches(_data.Settings());
        Assert.Equal("thin.png", Assert.Single(batches.BadItems).Name);
    }

    /// <summary>What is typed, its weight, and part of the message if it is refused.</summary>
    public static TheoryData<string, double, string?> Specifications => new()
    {
        { "a", 1, null },
        { "a:0.5", 0.5, null },
        { "a:3", 3, null },
        { "a:1e-3", 1e-3, null },
        { "b:2", 1, null },
        { "b:2:4", 4, null },
        { "a:0", 0, "is no weight" },
        { "a:-1", 0, "is no weight" },
        { "a:NaN", 0, "is no weight" },
        { "a:Infinity", 0, "is no weight" },
        { "a:x", 0, "is no weight" },
        { "missing", 0, "there is no data" },
        { "missing:2", 0, "there is no data" },
        { "empty", 0, "there are no images" },
        { "notes.txt", 0, "of no kind of data" },
        { "pack.tar.gz", 0, "is compressed" },
    };

    [Theory, MemberData(nameof(Specifications))]
    public void A_path_may_have_a_weight_unless_it_exists_as_typed(string typed, double weight, string? refusal)
    {
        _data.Fill(1, "a").Fill(1, "b:2");
        Directory.CreateDirectory(_data["empty"]);
        _data.Write("notes.txt", "x");
        _data.Write("pack.tar.gz", "x");
        if (refusal is null)
        {
            Assert.Equal(weight, _data.Open(typed).Weight);
            Assert.Equal(_data[typed], _data.Open(typed).Dataset.Name);
            return;
        }
        var fault = Assert.ThrowsAny<GlideException>(() => _data.Open(typed));
        Assert.Contains(refusal, fault.Message, StringComparison.Ordinal);
    }

    private static byte[] Encoded(Action<Stream> save)
    {
        using var stream = new MemoryStream();
        save(stream);
        return stream.ToArray();
    }
}
