using System.Text.Json;
using Glide.Images;

namespace Glide.Datasets.Sprites;

// index.json    [{"offset": 0, "length": 6658, "style": "3d", "name": "cat", "article": "a", "group": "animals",
//                 "captions": ["a cat", "a house cat"]}, ...]
// sprites.bin   WebP images one after another, lossy or not, transparent around the thing

/// <summary>A thing to compose scenes of.</summary>
/// <param name="Offset">Where its image begins in the file of images.</param>
/// <param name="Length">Bytes of its image.</param>
/// <param name="Style">How it is drawn.</param>
/// <param name="Name">What it is, without an article.</param>
internal sealed record Sprite(long Offset, int Length, string Style, string Name)
{
    /// <summary>The article of its name; empty where it has none.</summary>
    public string Article { get; init; } = "";

    /// <summary>The kind of thing; empty where it is not known.</summary>
    public string Group { get; init; } = "";

    /// <summary>At least one.</summary>
    public required IReadOnlyList<string> Captions { get; init; }
}

/// <summary>A folder of captioned sprites: <c>index.json</c>, which lists them, and <c>sprites.bin</c>.</summary>
internal sealed class SpriteSet
{
    private const string IndexName = "index.json", ImagesName = "sprites.bin";

    // Far more than any drawings need; a slip must not fill the memory.
    private const int MostIndexBytes = 256 << 20, MostSpriteBytes = 16 << 20, MostSide = 1024;

    private readonly string _images;
    private readonly string _index;

    private SpriteSet(string index, string images, IReadOnlyList<Sprite> sprites) =>
        (_index, _images, Sprites) = (index, images, sprites);

    public IReadOnlyList<Sprite> Sprites { get; }

    /// <summary>Whether a folder has both files.</summary>
    public static bool IsIn(string folder) =>
        File.Exists(Path.Combine(folder, IndexName)) && File.Exists(Path.Combine(folder, ImagesName));

    /// <summary>Reads the list. Unknown fields are of no matter.</summary>
    /// <exception cref="DatasetException">One of the files is damaged, or does not fit the other.</exception>
    public static SpriteSet Open(string folder)
    {
        string index = Path.Combine(folder, IndexName), images = Path.Combine(folder, ImagesName);
        long indexLength = LengthOf(index), imagesLength = LengthOf(images);
        if (indexLength > MostIndexBytes)
        {
            throw new DatasetException(
                $"the list of sprites is too long; '{index}' has {indexLength} bytes; allowed are at most "
                    + $"{MostIndexBytes}");
        }
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(index));
            if (document.RootElement.ValueKind != JsonValueKind.Array)
                throw new DatasetException($"'{index}' is no list of sprites; allowed is a JSON array of objects");
            var sprites = new List<Sprite>();
            foreach (var element in document.RootElement.EnumerateArray())
                sprites.Add(Read(element, $"'{index}' sprite {sprites.Count + 1}", imagesLength));
            return new SpriteSet(index, images, sprites);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new DatasetException($"'{index}' is no JSON: {exception.Message}; get a whole copy", exception);
        }
    }

    /// <summary>Adds the files to a hash over data.</summary>
    public void AddTo(FileStamp stamp)
    {
        stamp.Add(IndexName, _index);
        stamp.Add(ImagesName, _images);
    }

    /// <summary>Decodes a sprite.</summary>
    /// <exception cref="DatasetException">It is damaged.</exception>
    public LoadedImage Load(int sprite)
    {
        byte[] bytes = new byte[Sprites[sprite].Length];
        try
        {
            using var file = File.OpenHandle(_images, options: FileOptions.RandomAccess);
            if (RandomAccess.Read(file, bytes, Sprites[sprite].Offset) != bytes.Length)
                throw new EndOfStreamException($"'{_images}' has become shorter");
            return WebpFile.DecodeSprite(new MemoryStream(bytes), MostSide);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException
            or UnauthorizedAccessException)
        {
            throw new DatasetException($"its image cannot be read: {exception.Message}", exception);
        }
    }

    private static long LengthOf(string path) => RegularFile.LengthOf(path) is > 0 and var length
        ? length
        : throw new DatasetException($"'{path}' is empty (0 bytes), or a pipe or device; get a whole copy");

    private static Sprite Read(JsonElement element, string place, long imagesLength)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new DatasetException($"{place} is no object; allowed is {{\"offset\": 0, \"length\": 100, ...}}");
        long offset = Whole("offset"), length = Whole("length");
        if (length is < 1 or > MostSpriteBytes)
        {
            throw new DatasetException(
                $"{place} has a length of {length} bytes; allowed are 1 to {MostSpriteBytes}");
        }
        if (offset < 0 || offset > imagesLength - length)
        {
            throw new DatasetException(
                $"{place} would be bytes {offset} to {(Int128)offset + length} of '{ImagesName}', which has "
                    + $"{imagesLength}; the two files do not belong together, or one is cut: get a whole copy");
        }
        return new Sprite(offset, (int)length, Text("style"), Text("name"))
        {
            Article = TextOrEmpty("article"),
            Group = TextOrEmpty("group"),
            Captions = Captions(),
        };

        long Whole(string field) => element.TryGetProperty(field, out var value)
            && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number)
                ? number
                : throw new DatasetException($"{place} has no '{field}'; allowed is a whole number");

        string Text(string field) => TextOrEmpty(field) is { Length: > 0 } text
            ? text
            : throw new DatasetException($"{place} has no '{field}'; allowed is a text that is not empty");

        string TextOrEmpty(string field) => element.TryGetProperty(field, out var value)
            && value.ValueKind == JsonValueKind.String ? value.GetString()!.Trim() : "";

        IReadOnlyList<string> Captions()
        {
            try
            {
                return CaptionText.OfJson(element);
            }
            catch (DatasetException fault)
            {
                throw new DatasetException($"{place}: {fault.Message}", fault);
            }
        }
    }
}
