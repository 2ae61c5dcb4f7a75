using System.Formats.Tar;
using System.Text;
using Glide.Datasets;
using Glide.Tests.Images;

namespace Glide.Tests.Datasets;

/// <summary>A folder of images and captions that is gone after the test.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _cache = new();

    public string Path => _folder.Path;

    public string CacheFolder => _cache.Path;

    public string this[string name] => _folder[name];

    /// <summary>A PNG of one color, or of the color that each pixel has.</summary>
    public static byte[] Png(int width, int height, byte level) => Png(width, height, (_, _) => [level, level, level]);

    public static byte[] Png(int width, int height, Func<int, int, ushort[]> color) =>
        PngBuilder.Encode(width, height, 8, 2, color);

    /// <summary>As many images of 8×8 pixels, each of a level of its own, with captions of their numbers.</summary>
    public DataFolder Fill(int count, string folder = ".")
    {
        for (int i = 0; i < count; i++)
        {
            Write($"{folder}/{i:000}.png", Png(8, 8, (byte)i));
            Write($"{folder}/{i:000}.txt", $"number {i}");
        }
        return this;
    }

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[name])!);
        return _folder.Write(name, bytes);
    }

    /// <summary>Writes a shard with these members.</summary>
    public string WriteTar(string name, params (string Name, byte[] Bytes)[] members)
    {
        using var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var (member, bytes) in members)
            {
                writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, member)
                {
                    DataStream = new MemoryStream(bytes)
                });
            }
        }
        return Write(name, stream.ToArray());
    }

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    public WeightedDataset Open(string name = ".") => DatasetReader.Open(name == "." ? Path : this[name]);

    /// <summary>Settings with the cache in a folder of the test's.</summary>
    public BatchSettings Settings(int imageSize = 8, int batchSize = 4, int seed = 1) =>
        new(imageSize, batchSize, seed) { CacheFolder = CacheFolder };

    public TrainingBatches Batches(BatchSettings settings, long firstBatch = 0) => new([Open()], settings, firstBatch);

    /// <summary>What is wrong with each item; <c>null</c> for a good one.</summary>
    public static Dictionary<string, string?> Faults(IImageTextDataset dataset) => Enumerable.Range(0, dataset.Count)
        .ToDictionary(dataset.NameOf, index => BadItem.Try(dataset, index, image => image).Bad?.Reason);

    public void Dispose()
    {
        _folder.Dispose();
        _cache.Dispose();
    }
}
