using Glide.Datasets;

namespace Glide.Tests.Datasets;

public sealed class ImageCacheTests : IDisposable
{
    private readonly DataFolder _data = new();

    public ImageCacheTests() => _data.Fill(5);

    public void Dispose() => _data.Dispose();

    [Fact]
    public void It_is_built_once_and_says_how_far_it_is()
    {
        Assert.Equal([1, 2, 3, 4, 5], Built());
        Assert.Empty(Built());
        Assert.Single(Files());
        Assert.Equal(5, Built(size: 16).Count);
        Assert.Equal(2, Files().Length);
    }

    [Fact]
    public void Bad_items_are_remembered()
    {
        _data.Write("bad.png", "no image"u8.ToArray());
        using var built = Open();
        using var reused = Open();
        Assert.Equal("bad.png", Assert.Single(built.BadItems).Name);
        Assert.Equal(built.BadItems, reused.BadItems);
        Assert.Equal(5, reused.Count);
    }

    [Theory]
    [InlineData("time")]
    [InlineData("size")]
    [InlineData("caption")]
    [InlineData("new image")]
    [InlineData("image gone")]
    [InlineData("caption gone")]
    [InlineData("renamed")]
    public void A_change_of_the_data_builds_it_anew(string what)
    {
        Assert.NotEmpty(Built());
        Assert.Empty(Built());
        switch (what)
        {
            case "time":
                File.SetLastWriteTimeUtc(_data["002.png"], new DateTime(2020, 1, 1));
                break;
            case "size":
                File.AppendAllText(_data["002.png"], "x");
                break;
            case "caption":
                _data.Write("002.txt", "another caption");
                break;
            case "new image":
                _data.Write("new.png", DataFolder.Png(8, 8, 1));
                break;
            case "image gone":
                File.Delete(_data["002.png"]);
                break;
            case "caption gone":
                File.Delete(_data["002.txt"]);
                break;
            default:
                File.Move(_data["002.png"], _data["0020.png"]);
                break;
        }
        Assert.NotEmpty(Built());
        Assert.Empty(Built());
    }

    [Fact]
    public void A_cut_or_damaged_file_is_built_anew()
    {
        Built();
        byte[] whole = File.ReadAllBytes(Files()[0]);
        byte[][] damaged =
        [
            [], whole[..20], whole[..(whole.Length / 2)], whole[..^1], whole[..^40], [.. whole, 0],
            Flipped(whole, 3), Flipped(whole, 20), Flipped(whole, whole.Length - 1), Flipped(whole, whole.Length - 9),
            Flipped(whole, whole.Length - 32), Flipped(whole, whole.Length - 40), new byte[whole.Length],
        ];
        foreach (byte[] bytes in damaged)
        {
            File.WriteAllBytes(Files()[0], bytes);
            Assert.Equal(5, Built().Count);
            Assert.Equal(whole, File.ReadAllBytes(Files()[0]));
        }
    }

    [Fact]
    public void A_damaged_image_is_read_from_the_data()
    {
        Built();
        byte[] whole = File.ReadAllBytes(Files()[0]);
        // Behind the version and the key.
        File.WriteAllBytes(Files()[0], Flipped(whole, 60));
        using var cache = Open();
        for (int index = 0; index < 5; index++)
        {
            var item = cache.Read(index);
            Assert.All(item.Image.Pixels, level => Assert.Equal(index, level));
            Assert.Equal([$"number {index}"], item.Captions);
            Assert.Equal($"00{index}.png", item.Name);
        }
    }

    [Fact]
    public async Task Several_at_once_do_not_disturb_each_other()
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() =>
        {
            using var cache = Open();
            Assert.Equal(3, cache.Read(3).Image.Pixels[0]);
        })));
        Assert.Single(Files());
    }

    [Fact]
    public void A_cancelled_one_leaves_nothing()
    {
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => ImageCache.Open(
            _data.Open().Dataset, _data.Settings(), (_, _) => stop.Cancel(), stop.Token));
        Assert.Empty(Directory.GetFiles(_data.CacheFolder));
    }

    [Fact]
    public void Data_without_a_fingerprint_is_not_kept()
    {
        using (var cache = ImageCache.Open(new Unknown(_data.Open().Dataset), _data.Settings(), progress: null))
            Assert.Equal(5, cache.Count);
        Assert.Empty(Files());
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_the_users_to_mend() =>
        Assert.Throws<ResourceException>(() => ImageCache.Open(_data.Open().Dataset,
            _data.Settings() with { CacheFolder = _data["000.png"] }, progress: null));

    [Theory]
    [InlineData("/cache", "/home/u", "/cache/glide/images")]
    [InlineData("relative", "/home/u", "/home/u/.cache/glide/images")]
    [InlineData(null, "/home/u", "/home/u/.cache/glide/images")]
    public void The_folder_is_the_users_cache(string? cache, string home, string expected) =>
        Assert.Equal(expected, BatchSettings.DefaultCacheFolder(name => name switch
        {
            "XDG_CACHE_HOME" => cache,
            "HOME" => home,
            _ => null,
        }));

    private static byte[] Flipped(byte[] bytes, int place)
    {
        byte[] flipped = [.. bytes];
        flipped[place] ^= 0x10;
        return flipped;
    }

    private ImageCache Open() => ImageCache.Open(_data.Open().Dataset, _data.Settings(), progress: null);

    // What the progress was told; nothing if the file was there already.
    private List<int> Built(int size = 8)
    {
        var counted = new List<int>();
        using var cache = ImageCache.Open(_data.Open().Dataset, _data.Settings(size), (done, _) => counted.Add(done));
        return counted;
    }

    private string[] Files() => Directory.GetFiles(_data.CacheFolder);

    /// <summary>Data that cannot tell whether it has changed.</summary>
    private sealed class Unknown(IImageTextDataset inner) : IImageTextDataset
    {
        public string Name => inner.Name;

        public int Count => inner.Count;

        public DatasetItem Read(int index) => inner.Read(index);
    }
}
