using System.Formats.Tar;
using System.Text;
using Glide.Datasets;

namespace Glide.Tests.Datasets;

public sealed class TarDatasetTests : IDisposable
{
    private const int BlockLength = 512;

    private readonly DataFolder _data = new();

    private static byte[] Image => DataFolder.Png(4, 4, 9);

    public void Dispose() => _data.Dispose();

    [Fact]
    public void Members_with_one_key_are_an_item()
    {
        _data.WriteTar("s.tar", ("./0000.png", DataFolder.Png(4, 4, 1)), ("0000.txt", DataFolder.Text("one\ntwo")),
            ("0000.cls", DataFolder.Text("7")),
            ("dir.x/0001.json", DataFolder.Text("""{"caption": "three", "width": 9}""")),
            ("dir.x/0001.png", DataFolder.Png(4, 4, 2)), ("0000.seg.png", DataFolder.Png(1, 1, 3)),
            ("README", DataFolder.Text("x")), (".hidden.png", Image));
        var dataset = _data.Open("s.tar").Dataset;
        Assert.Equal(["s.tar/0000", "s.tar/dir.x/0001"], Enumerable.Range(0, dataset.Count).Select(dataset.NameOf));
        Assert.Equal(["one", "two"], dataset.Read(0).Captions);
        Assert.Equal(1, dataset.Read(0).Image.Pixels[0]);
        Assert.Equal(["three"], dataset.Read(1).Captions);
        Assert.Equal(2, dataset.Read(1).Image.Pixels[0]);
    }

    [Theory]
    [InlineData(".", 4)]
    [InlineData("s-{00..03}.tar", 4)]
    [InlineData("s-{01..02}.tar", 2)]
    [InlineData("s-{01..02}.tar:2", 2)]
    public void Shards_are_a_folder_or_a_range(string name, int count)
    {
        for (int i = 0; i < 4; i++)
        {
            _data.WriteTar($"s-{i:00}.tar", ($"{i}.png", DataFolder.Png(4, 4, (byte)i)),
                ($"{i}.txt", DataFolder.Text($"{i}")));
        }
        var dataset = _data.Open(name).Dataset;
        Assert.Equal(count, dataset.Count);
        int first = name.Contains("{01", StringComparison.Ordinal) ? 1 : 0;
        Assert.All(Enumerable.Range(0, count), index => Assert.Equal([$"{first + index}"],
            dataset.Read(index).Captions));
    }

    [Theory]
    [InlineData("s-{00..01}.tar", "there is no shard")]
    [InlineData("s-{05..01}.tar", "is no range")]
    [InlineData("s-{0..99999999}.tar", "is no range")]
    [InlineData("s-{0..99999999999}.tar", "is no range")]
    public void A_bad_range_is_refused(string name, string reason)
    {
        _data.WriteTar("s-00.tar", ("0.png", Image));
        Assert.Contains(reason, Assert.Throws<UsageException>(() => _data.Open(name)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Incomplete_items_are_bad()
    {
        _data.WriteTar("s.tar", ("a.png", Image), ("b.txt", DataFolder.Text("x")), ("c.png", Image),
            ("c.json", DataFolder.Text("{")), ("d.png", Image), ("d.jpg", Image), ("d.txt", DataFolder.Text("x")),
            ("e.png", DataFolder.Text("no image")), ("e.txt", DataFolder.Text("x")), ("f.png", []),
            ("f.txt", DataFolder.Text("x")), ("g.png", Image), ("g.txt", new byte[CaptionText.MostBytes + 1]));
        var faults = DataFolder.Faults(_data.Open("s.tar").Dataset);
        Assert.Contains("it has no caption", faults["s.tar/a"], StringComparison.Ordinal);
        Assert.Contains("it has no image", faults["s.tar/b"], StringComparison.Ordinal);
        Assert.Contains("is no JSON", faults["s.tar/c"], StringComparison.Ordinal);
        Assert.Contains("two files of one kind", faults["s.tar/d"], StringComparison.Ordinal);
        Assert.Contains("is text; only PNG", faults["s.tar/e"], StringComparison.Ordinal);
        Assert.NotNull(faults["s.tar/f"]);
        Assert.Contains("at most", faults["s.tar/g"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../up/0.png")]
    [InlineData("/etc/0.png")]
    [InlineData("a/../../0.png")]
    public void Names_that_lead_out_are_bad(string name)
    {
        _data.WriteTar("s.tar", (name, Image), (Path.ChangeExtension(name, ".txt"), DataFolder.Text("x")));
        Assert.Contains("leads out", Assert.Single(DataFolder.Faults(_data.Open("s.tar").Dataset)).Value,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.Fifo)]
    [InlineData(TarEntryType.CharacterDevice)]
    public void Links_and_devices_are_not_followed(TarEntryType type)
    {
        string secret = _data.Write("secret.png", Image);
        using (var stream = File.Create(_data["s.tar"]))
        using (var writer = new TarWriter(stream, TarEntryFormat.Pax))
        {
            var entry = new PaxTarEntry(type, "0.png");
            if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
                entry.LinkName = secret;
            writer.WriteEntry(entry);
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "0.txt")
            {
                DataStream = new MemoryStream("x"u8.ToArray())
            });
        }
        Assert.Contains("no regular file", Assert.Single(DataFolder.Faults(_data.Open("s.tar").Dataset)).Value,
            StringComparison.Ordinal);
    }

    /// <summary>The length in the header of the second image, as octal digits or in base 256.</summary>
    public static TheoryData<byte[]> AbsurdLengths =>
    [
        "77777777777\0"u8.ToArray(),
        [0x80, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xF0],
        "99999999999\0"u8.ToArray(),
    ];

    [Theory, MemberData(nameof(AbsurdLengths))]
    public void An_absurd_length_costs_the_items_from_there_on(byte[] length)
    {
        byte[] tar = File.ReadAllBytes(Sound());
        int header = SecondImage(tar);
        length.CopyTo(tar, header + 124);
        // A file, attributes of the next one, of all, and a long name.
        foreach (char type in "0xgL")
        {
            tar[header + 156] = (byte)type;
            WriteChecksum(tar.AsSpan(header, BlockLength));
            ExpectFirstOnly(tar);
        }
    }

    [Fact]
    public void A_cut_shard_keeps_what_comes_before()
    {
        byte[] tar = File.ReadAllBytes(Sound());
        ExpectFirstOnly(tar[..(SecondImage(tar) + BlockLength + 10)]);
        ExpectFirstOnly(tar[..(SecondImage(tar) + 100)]);
    }

    [Fact]
    public void A_wrong_checksum_costs_the_items_from_there_on()
    {
        byte[] tar = File.ReadAllBytes(Sound());
        tar[SecondImage(tar) + 3] ^= 1;
        ExpectFirstOnly(tar);
    }

    [Fact]
    public void What_is_no_tar_has_no_usable_items()
    {
        _data.Write("s.tar", Encoding.UTF8.GetBytes(new string('x', 5000)));
        Assert.All(DataFolder.Faults(_data.Open("s.tar").Dataset).Values, Assert.NotNull);
        _data.Write("s.tar", new byte[10_240]);
        Assert.Throws<DatasetException>(() => _data.Open("s.tar"));
        _data.Write("s.tar", []);
        Assert.Throws<UsageException>(() => _data.Open("s.tar"));
    }

    private string Sound() => _data.WriteTar("s.tar", ("0.png", Image), ("0.txt", DataFolder.Text("good")),
        ("1.png", Image), ("1.txt", DataFolder.Text("bad")));

    // Behind the first image and its caption, each a header and its content in whole blocks.
    private static int SecondImage(byte[] tar)
    {
        int place = Enumerable.Range(0, tar.Length / BlockLength)
            .First(block => tar.AsSpan(block * BlockLength).StartsWith("1.png\0"u8));
        return place * BlockLength;
    }

    private void ExpectFirstOnly(byte[] tar)
    {
        _data.Write("s.tar", tar);
        var faults = DataFolder.Faults(_data.Open("s.tar").Dataset);
        Assert.Null(faults["s.tar/0"]);
        Assert.True(faults.Count > 1);
        Assert.All(faults.Where(item => item.Key != "s.tar/0"), item => Assert.NotNull(item.Value));
    }

    // The sum of all bytes with blanks in place of the sum itself (POSIX.1-1988, ustar).
    private static void WriteChecksum(Span<byte> header)
    {
        header.Slice(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte value in header)
            sum += value;
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header[148..]);
    }
}
