namespace Glide.Checkpoints;

/// <summary>A run of bytes in a checkpoint file that one or several tensors look at.</summary>
/// <param name="name">What messages call it: a zip entry, a storage key.</param>
/// <param name="offset">First byte in the file.</param>
/// <param name="length">Number of bytes.</param>
/// <param name="crc">The CRC-32 that the file claims, or <c>null</c> if its format has none.</param>
internal sealed class StorageRecord(string name, long offset, long length, uint? crc = null)
{
    private readonly Lock _lock = new();
    private bool _verified;

    /// <summary>What messages call it.</summary>
    public string Name => name;

    /// <summary>First byte in the file.</summary>
    public long Offset => offset;

    /// <summary>Number of bytes.</summary>
    public long Length => length;

    /// <summary>Compares the bytes with their CRC, the first time that somebody asks.</summary>
    /// <exception cref="CheckpointException">They differ.</exception>
    public void Verify(FileBytes file)
    {
        if (crc is not { } expected)
            return;
        lock (_lock)
        {
            if (_verified)
                return;
            uint found = file.Crc32Of(Offset, Length);
            if (found != expected)
            {
                throw file.Refuse(
                    $"'{Name}' is damaged: its CRC-32 is {found:x8}, the file's directory says {expected:x8}. " +
                    "Download or copy the file again");
            }
            _verified = true;
        }
    }
}
