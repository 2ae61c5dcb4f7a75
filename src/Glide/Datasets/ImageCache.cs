using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Glide.Images;
using Microsoft.Win32.SafeHandles;

namespace Glide.Datasets;

/// <summary>The scaled images of one dataset in one file, which is read at any place.</summary>
/// <remarks>
/// The file is written whole under the hash of all that it depends on, so that one that is there is the right one, and
/// processes that write it at the same time write the same. It may be deleted whenever no training runs.
/// </remarks>
internal sealed class ImageCache : IDisposable
{
    private readonly IImageTextDataset _dataset;
    private readonly int _imageSize;
    private readonly SafeFileHandle _file;
    private readonly CacheRow[] _rows;
    private readonly string? _deleted;

    private ImageCache(IImageTextDataset dataset, int imageSize, CacheFile file, string? deleted)
    {
        (_dataset, _imageSize, _deleted) = (dataset, imageSize, deleted);
        (_file, _rows, BadItems) = (file.Handle, file.Rows, file.BadItems);
    }

    /// <summary>Items that can be used.</summary>
    public int Count => _rows.Length;

    public IReadOnlyList<BadItem> BadItems { get; }

    /// <summary>Opens the cache of a dataset, which is built if it is not there or damaged.</summary>
    /// <param name="dataset">The data.</param>
    /// <param name="settings">Size of the images, threads, folder.</param>
    /// <param name="progress">Gets the number of finished items and of all; called by this thread only.</param>
    /// <param name="cancellation">Stops building; nothing is left behind.</param>
    /// <exception cref="ResourceException">The disk is full or the folder cannot be written to.</exception>
    public static ImageCache Open(IImageTextDataset dataset, BatchSettings settings, Action<int, int>? progress,
        CancellationToken cancellation = default)
    {
        string? fingerprint = dataset.Fingerprint;
        string source = $"{CacheFile.Version} {settings.ImageSize} {fingerprint ?? Guid.NewGuid().ToString()}";
        byte[] key = SHA256.HashData(Encoding.UTF8.GetBytes(source));
        string path = Path.Combine(settings.CacheFolder, $"images-{Convert.ToHexStringLower(key.AsSpan(0, 16))}.cache");
        if (CacheFile.TryOpen(path, key) is { } found)
            return new ImageCache(dataset, settings.ImageSize, found, deleted: null);
        CreateFolder(settings.CacheFolder);
        CacheFile.Write(path, key, Prepare(dataset, settings, progress, cancellation));
        var written = CacheFile.TryOpen(path, key) ?? throw new ResourceException(
            $"the prepared images cannot be read back; '{path}'; check the disk, or choose another folder", null);
        return new ImageCache(dataset, settings.ImageSize, written, fingerprint is null ? path : null);
    }

    /// <summary>Reads one image with its captions.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    /// <exception cref="GlideException">It is damaged here, and cannot be read from the data either.</exception>
    public DatasetItem Read(int index)
    {
        var row = _rows[index];
        var image = new RgbImage(row.Width, row.Height,
            GC.AllocateUninitializedArray<byte>(3 * row.Width * row.Height));
        byte[] texts = new byte[row.TextLength];
        RandomAccess.Read(_file, [image.Pixels, texts], row.Offset);
        if (CacheFile.ChecksumOf(image.Pixels, texts) == row.Checksum)
        {
            var (name, captions) = CacheFile.TextsIn(texts);
            return new DatasetItem(name, image, captions);
        }
        var item = _dataset.Read(row.Item);
        return item with { Image = TrainingImage.Scale(item.Image, _imageSize) };
    }

    public void Dispose()
    {
        _file.Dispose();
        if (_deleted is not null)
            File.Delete(_deleted);
    }

    private static IEnumerable<(int Index, DatasetItem? Item, BadItem? Bad)> Prepare(IImageTextDataset dataset,
        BatchSettings settings, Action<int, int>? progress, CancellationToken cancellation)
    {
        const int aheadOfEachThread = 4;
        using var items = new OrderedAhead<(DatasetItem? Item, BadItem? Bad)>((0, dataset.Count), settings.Threads,
            aheadOfEachThread * settings.Threads,
            (index, _) => BadItem.Try(dataset, (int)index, image => TrainingImage.Scale(image, settings.ImageSize)));
        for (int index = 0; index < dataset.Count; index++)
        {
            var (item, bad) = items.Next(cancellation);
            yield return (index, item, bad);
            progress?.Invoke(index + 1, dataset.Count);
        }
    }

    private static void CreateFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (AtomicFile.Explain(folder, exception) is { } failure)
        {
            throw failure;
        }
    }
}

/// <summary>Where an item is in the cache.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct CacheRow(long Offset, int Item, int Width, int Height, int TextLength, ulong Checksum);

// "glide images 1"  key (32 bytes)
// pixels, texts, pixels, texts, ...                        in the order of the rows
// rows (32 bytes each)   bad items (name, reason, ...)
// where the rows begin, how many, how many bad items, checksum of key, rows and bad items (4 × 8 bytes)

/// <summary>The file of an <see cref="ImageCache"/>.</summary>
/// <param name="Handle">The open file.</param>
/// <param name="Rows">Items that can be used.</param>
/// <param name="BadItems">Items that cannot.</param>
internal sealed record CacheFile(SafeFileHandle Handle, CacheRow[] Rows, IReadOnlyList<BadItem> BadItems)
{
    /// <summary>What begins every file; another layout, or another way of scaling, needs another number.</summary>
    public const string Version = "glide images 1";

    private const int FooterLength = 4 * sizeof(long);

    /// <summary>Opens a file; <c>null</c> if there is none, it is of other data, damaged or cut.</summary>
    public static CacheFile? TryOpen(string path, byte[] key)
    {
        if (RegularFile.LengthOf(path) == 0)
            return null;
        SafeFileHandle? handle = null;
        CacheFile? file = null;
        try
        {
            handle = File.OpenHandle(path, share: FileShare.Read | FileShare.Delete, options: FileOptions.RandomAccess);
            return file = Read(handle, [.. Encoding.ASCII.GetBytes(Version), .. key]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        finally
        {
            if (file is null)
                handle?.Dispose();
        }
    }

    /// <summary>Writes a file; one that is there is replaced.</summary>
    /// <exception cref="ResourceException">The disk is full or the folder is not writable.</exception>
    public static void Write(
        string path, byte[] key, IEnumerable<(int Index, DatasetItem? Item, BadItem? Bad)> items) =>
        AtomicFile.Write(path, stream =>
        {
            byte[] head = [.. Encoding.ASCII.GetBytes(Version), .. key];
            stream.Write(head);
            long position = head.Length;
            var rows = new List<CacheRow>();
            var bad = new List<string>();
            foreach (var (index, item, fault) in items)
            {
                if (item is null)
                {
                    bad.AddRange([fault!.Name, fault.Reason]);
                    continue;
                }
                byte[] pixels = item.Image.Pixels, texts = Join([item.Name, .. item.Captions]);
                stream.Write(pixels);
                stream.Write(texts);
                rows.Add(new CacheRow(position, index, item.Image.Width, item.Image.Height, texts.Length,
                    ChecksumOf(pixels, texts)));
                position += pixels.Length + texts.Length;
            }
            var list = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(rows));
            byte[] faults = Join(bad);
            stream.Write(list);
            stream.Write(faults);
            long[] footer = [position, rows.Count, faults.Length, (long)ChecksumOf(head, [.. list], faults)];
            stream.Write(MemoryMarshal.AsBytes(footer.AsSpan()));
        });

    public static ulong ChecksumOf(params byte[][] parts)
    {
        var hash = new XxHash3();
        foreach (byte[] part in parts)
            hash.Append(part);
        return hash.GetCurrentHashAsUInt64();
    }

    public static (string Name, IReadOnlyList<string> Captions) TextsIn(byte[] bytes)
    {
        var texts = Split(bytes);
        return (texts[0], texts.GetRange(1, texts.Count - 1));
    }

    private static CacheFile? Read(SafeFileHandle handle, byte[] head)
    {
        long length = RandomAccess.GetLength(handle);
        if (length < head.Length + FooterLength)
            return null;
        long[] footer = new long[FooterLength / sizeof(long)];
        RandomAccess.Read(handle, MemoryMarshal.AsBytes(footer.AsSpan()), length - FooterLength);
        var (start, count, badLength) = (footer[0], footer[1], footer[2]);
        int rowLength = Marshal.SizeOf<CacheRow>();
        if (start < head.Length || count < 0 || badLength < 0 || count > length / rowLength || badLength > length
            || start > length || start + (count * rowLength) + badLength + FooterLength != length)
        {
            return null;
        }
        byte[] found = new byte[head.Length], list = new byte[count * rowLength], bad = new byte[badLength];
        RandomAccess.Read(handle, found, 0);
        RandomAccess.Read(handle, list, start);
        RandomAccess.Read(handle, bad, start + list.Length);
        if (!found.AsSpan().SequenceEqual(head) || (long)ChecksumOf(found, list, bad) != footer[3])
            return null;
        return new CacheFile(handle, MemoryMarshal.Cast<byte, CacheRow>(list).ToArray(),
            [.. Split(bad).Chunk(2).Select(pair => new BadItem(pair[0], pair[1]))]);
    }

    private static byte[] Join(IEnumerable<string> texts)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream))
        {
            foreach (string text in texts)
                writer.Write(text);
        }
        return stream.ToArray();
    }

    private static List<string> Split(byte[] bytes)
    {
        var texts = new List<string>();
        using var reader = new BinaryReader(new MemoryStream(bytes));
        while (reader.BaseStream.Position < bytes.Length)
            texts.Add(reader.ReadString());
        return texts;
    }
}
