using System.Formats.Tar;
using System.Globalization;
using System.Text;
using Glide.Images;

namespace Glide.Shapes;

/// <summary>Writes images of shapes as tar shards, in which WebDataset and <c>glide data</c> read them.</summary>
internal static class ShapeShards
{
    private const int ImagesOfShard = 10_000;

    /// <summary>Writes shapes-0000.tar and those after it; existing ones are replaced.</summary>
    /// <param name="folder">Where; made if it is missing.</param>
    /// <param name="count">Images in all.</param>
    /// <param name="draw">From the source of chance and the image's number to the image.</param>
    /// <param name="seed">The same gives the same images.</param>
    /// <param name="side">Width and height in pixels.</param>
    /// <returns>Each shard when it is written.</returns>
    public static IEnumerable<string> Write(
        string folder, int count, Func<Random, int, ShapeImage> draw, int seed, int side)
    {
        Directory.CreateDirectory(folder);
        var random = new Random(seed);
        for (int first = 0, shard = 0; first < count; first += ImagesOfShard, shard++)
        {
            string path = Path.Combine(folder,
                string.Create(CultureInfo.InvariantCulture, $"shapes-{shard:0000}.tar"));
            AtomicFile.Write(path, stream =>
            {
                using var writer = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true);
                for (int index = first; index < Math.Min(count, first + ImagesOfShard); index++)
                    Write(writer, index, draw(random, index), side);
            });
            yield return path;
        }
    }

    private static void Write(TarWriter writer, int index, ShapeImage image, int side)
    {
        var pixels = new RgbImage(side, side);
        int plane = side * side;
        for (int i = 0; i < pixels.Pixels.Length; i++)
        {
            float value = image.Pixels[(i % 3 * plane) + (i / 3)];
            pixels.Pixels[i] = (byte)MathF.Round((value + 1) * 127.5f, MidpointRounding.ToEven);
        }
        string key = index.ToString("D7", CultureInfo.InvariantCulture);
        Write(writer, key + ".png", ImageFile.ToPng(pixels));
        Write(writer, key + ".txt", Encoding.UTF8.GetBytes(image.Caption));
    }

    // Without the time, so that the same seed gives the same bytes.
    private static void Write(TarWriter writer, string name, byte[] bytes) =>
        writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name)
        {
            DataStream = new MemoryStream(bytes),
            ModificationTime = DateTimeOffset.UnixEpoch,
        });
}
