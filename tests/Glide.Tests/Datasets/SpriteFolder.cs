using System.Text.Json;
using System.Text.Json.Nodes;
using Glide.Datasets;
using Glide.Datasets.Sprites;
using Glide.Images;

namespace Glide.Tests.Datasets;

/// <summary>
/// A small set of sprites: a square of one color in the middle of each, so that pixels tell which it is.
/// </summary>
internal sealed class SpriteFolder : IDisposable
{
    public const int Side = 32;

    /// <summary>Columns and rows of transparent pixels at each edge.</summary>
    public const int Margin = 4;

    private readonly MemoryStream _images = new();
    private readonly JsonArray _index = [];

    public DataFolder Data { get; } = new();

    /// <summary>Things in four styles each, with the color that a thing has in all of them.</summary>
    public static IReadOnlyList<(string Name, byte[] Color)> Things { get; } =
        [("cat", [255, 0, 0]), ("puppy", [0, 255, 0]), ("box", [0, 0, 255])];

    /// <summary>Every thing in every style.</summary>
    public static SpriteFolder Whole()
    {
        var folder = new SpriteFolder();
        foreach (var (name, color) in Things)
        {
            foreach (string style in new[] { "3d", "flat", "noto", "icon" })
                folder.Add(name, style, Square(color));
        }
        return folder.Write();
    }

    /// <summary>A WebP with a margin around a square.</summary>
    public static byte[] Square(byte[] color) => Encode((x, y) =>
        (color, Math.Min(x, y) >= Margin && Math.Max(x, y) < Side - Margin ? byte.MaxValue : (byte)0));

    public static byte[] Encode(Func<int, int, (byte[] Color, byte Alpha)> pixel)
    {
        var image = new RgbImage(Side, Side);
        byte[] alpha = new byte[Side * Side];
        for (int i = 0; i < alpha.Length; i++)
        {
            var (color, opacity) = pixel(i % Side, i / Side);
            color.CopyTo(image.Pixels, 3 * i);
            alpha[i] = opacity;
        }
        using var stream = new MemoryStream();
        ImageEncoder.Write(stream, ImageFormat.Webp, new ImageContent(image, alpha, []));
        return stream.ToArray();
    }

    /// <summary>Adds a sprite; its captions are its name with an article, and others.</summary>
    public void Add(string name, string style, byte[] image, params string[] others)
    {
        _index.Add(new JsonObject
        {
            ["offset"] = _images.Length,
            ["length"] = image.Length,
            ["style"] = style,
            ["name"] = name,
            ["article"] = "a",
            ["group"] = "things",
            ["captions"] = new JsonArray([$"a {name}", .. others.Select(other => (JsonNode)other)]),
            ["unknown"] = new JsonObject(),
        });
        _images.Write(image);
    }

    public SpriteFolder Write()
    {
        Data.Write("index.json", JsonSerializer.SerializeToUtf8Bytes(_index));
        Data.Write("sprites.bin", _images.ToArray());
        return this;
    }

    /// <summary>Opens and prepares the set.</summary>
    public SpriteDataset Prepared(BatchSettings settings)
    {
        var dataset = (SpriteDataset)Data.Open().Dataset;
        dataset.Prepare(settings, progress: null);
        return dataset;
    }

    public void Dispose()
    {
        _images.Dispose();
        Data.Dispose();
    }
}
