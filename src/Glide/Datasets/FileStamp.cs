using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Glide.Datasets;

/// <summary>One hash over names, sizes and times of files.</summary>
internal sealed class FileStamp : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Adds a file.</summary>
    /// <param name="name">What it is called within the data.</param>
    /// <param name="path">The file, which need not exist; <c>null</c> for the name alone.</param>
    public void Add(string name, string? path)
    {
        byte[] text = Encoding.UTF8.GetBytes(name);
        var file = path is null ? null : Find(path);
        Add(text.Length);
        _hash.AppendData(text);
        Add(file?.Length ?? -1);
        Add(file?.LastWriteTimeUtc.Ticks ?? 0);
    }

    // Of a link, what it leads to; there may be nothing, or a circle.
    private static FileInfo? Find(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.LinkTarget is not null)
                file = (FileInfo)file.ResolveLinkTarget(returnFinalTarget: true)!;
            return file.Exists ? file : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Adds a number.</summary>
    public void Add(long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        _hash.AppendData(bytes);
    }

    /// <summary>The hash over everything that was added, as hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public void Dispose() => _hash.Dispose();
}
