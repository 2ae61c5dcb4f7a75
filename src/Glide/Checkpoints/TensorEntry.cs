namespace Glide.Checkpoints;

/// <summary>One tensor of a checkpoint: its name, type and shape; its numbers are read through <see cref="Checkpoint"/>.</summary>
/// <param name="Name">Name in the file, such as <c>input_blocks.0.0.weight</c>.</param>
/// <param name="Type">Element type in the file.</param>
/// <param name="Shape">Sizes; empty for a scalar.</param>
internal sealed record TensorEntry(string Name, ElementType Type, IReadOnlyList<long> Shape)
{
    /// <summary>Number of elements; one for a scalar.</summary>
    public long ElementCount { get; } = Product(Shape);

    /// <summary>Bytes that the elements take when stored without gaps.</summary>
    public long ByteCount => checked(ElementCount * Type.Size());

    /// <summary>The run of the file's bytes that this tensor looks at.</summary>
    public required StorageRecord Storage { get; init; }

    /// <summary>Index of the first element in the storage, in elements.</summary>
    public long StorageOffset { get; init; }

    /// <summary>Steps in elements along each dimension, or <c>null</c> if the elements lie in row-major order without gaps.</summary>
    public IReadOnlyList<long>? Strides { get; init; }

    /// <summary>The shape as users read it: [192, 3, 3, 3].</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";

    /// <summary>Product of all sizes.</summary>
    /// <exception cref="OverflowException">It does not fit 64 bits.</exception>
    public static long Product(IReadOnlyList<long> shape)
    {
        // A zero anywhere makes the tensor empty, however large the other sizes claim to be.
        long product = 1;
        foreach (var size in shape)
            if (size == 0)
                return 0;
        foreach (var size in shape)
            product = checked(product * size);
        return product;
    }
}

/// <summary>What a reader found in a file: its tensors in the file's order, and the texts beside them.</summary>
internal sealed record TensorTable(
    OrderedDictionary<string, TensorEntry> Tensors, IReadOnlyDictionary<string, string> Metadata);

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
