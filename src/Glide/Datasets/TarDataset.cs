using Glide.Images;
using Microsoft.Win32.SafeHandles;

namespace Glide.Datasets;

/// <summary>Tar shards, which are indexed once and then read at any place.</summary>
internal sealed class TarDataset : IImageTextDataset
{
    // Larger than any image that is worth a place in a shard, and small enough for memory.
    private const long MostImageBytes = 256 << 20;

    private readonly string[] _shards;
    private readonly List<(int Shard, TarItem Item)> _items = [];
    private string? _fingerprint;

    private TarDataset(string name, IReadOnlyList<string> shards)
    {
        Name = name;
        _shards = [.. shards];
        for (int shard = 0; shard < _shards.Length; shard++)
        {
            string path = _shards[shard];
            if (RegularFile.LengthOf(path) == 0)
                throw new UsageException($"'{path}' is empty (0 bytes), or a pipe or device; give .tar files");
            foreach (var item in TarIndex.Read(path))
                _items.Add((shard, item));
        }
    }

    public string Name { get; }

    public string Kind => $"WebDataset, {Counted.Of(_shards.Length, "tar shard")}";

    public int Count => _items.Count;

    public string Fingerprint => _fingerprint ??= Stamp();

    /// <summary>Lists what is in the shards.</summary>
    /// <exception cref="UsageException">One of them is missing or no regular file.</exception>
    public static TarDataset Open(string name, IReadOnlyList<string> shards) => new(name, shards);

    public string NameOf(int index) => $"{Path.GetFileName(_shards[_items[index].Shard])}/{_items[index].Item.Key}";

    public DatasetItem Read(int index)
    {
        var (shard, item) = _items[index];
        if (item.Fault is { } fault)
            throw new DatasetException(fault);
        try
        {
            using var file = File.OpenHandle(_shards[shard], options: FileOptions.RandomAccess);
            var captions = Captions(file, item);
            var image = item.Image!.Value;
            if (image.Length > MostImageBytes)
            {
                throw new DatasetException(
                    $"'{image.Name}' has {image.Length} bytes; allowed are at most {MostImageBytes}");
            }
            string name = NameOf(index);
            var loaded = ImageFile.Load(new MemoryStream(Bytes(file, image)), name);
            return new DatasetItem(name, Transparency.OnWhite(loaded.Image, loaded.Alpha), captions);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException($"cannot be read: {exception.Message}", exception);
        }
    }

    private static IReadOnlyList<string> Captions(SafeFileHandle file, TarItem item)
    {
        var member = (item.Text ?? item.Json)!.Value;
        CaptionText.CheckLength(member.Name, member.Length);
        byte[] bytes = Bytes(file, member);
        return item.Text is null ? CaptionText.OfJson(member.Name, bytes) : CaptionText.OfText(member.Name, bytes);
    }

    private static byte[] Bytes(SafeFileHandle file, TarMember member)
    {
        byte[] bytes = new byte[member.Length];
        int read = 0;
        while (read < bytes.Length)
        {
            int more = RandomAccess.Read(file, bytes.AsSpan(read), member.Offset + read);
            if (more == 0)
                throw new EndOfStreamException($"'{member.Name}' is cut");
            read += more;
        }
        return bytes;
    }

    private string Stamp()
    {
        using var stamp = new FileStamp();
        foreach (string shard in _shards)
            stamp.Add(Path.GetFileName(shard), shard);
        return stamp.ToString();
    }
}
