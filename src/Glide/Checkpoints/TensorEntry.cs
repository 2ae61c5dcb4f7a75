namespace Glide.Checkpoints;

/// <summary>One tensor of a checkpoint: name, type and shape. <see cref="Checkpoint"/> reads its values.</summary>
/// <param name="Name">Name in the file, such as <c>input_blocks.0.0.weight</c>.</param>
/// <param name="Type">Element type in the file.</param>
/// <param name="Shape">Sizes; empty for a scalar.</param>
public sealed record TensorEntry(string Name, ElementType Type, IReadOnlyList<long> Shape)
{
    /// <summary>Number of elements; one for a scalar.</summary>
    public long ElementCount { get; } = Product(Shape);

    /// <summary>Bytes of the elements when stored without gaps.</summary>
    internal long ByteCount => checked(ElementCount * Type.Size());

    /// <summary>The bytes of the file that this tensor is a view of.</summary>
    internal StorageRecord Storage { get; init; } = null!;

    /// <summary>Index of the first element in the storage, in elements.</summary>
    internal long StorageOffset { get; init; }

    /// <summary>
    /// Strides in elements along each dimension; <c>null</c> if the elements are contiguous in row-major order.
    /// </summary>
    internal IReadOnlyList<long>? Strides { get; init; }

    /// <summary>The shape for display: [192, 3, 3, 3].</summary>
    internal string ShapeText => $"[{string.Join(", ", Shape)}]";

    /// <summary>Product of all sizes.</summary>
    /// <exception cref="OverflowException">The product does not fit in 64 bits.</exception>
    internal static long Product(IReadOnlyList<long> shape)
    {
        // A zero makes the tensor empty, however large the other sizes are.
        long product = 1;
        foreach (var size in shape)
        {
            if (size == 0)
                return 0;
        }
        foreach (var size in shape)
            product = checked(product * size);
        return product;
    }
}

/// <summary>The tensors of a file, in the file's order, and its metadata.</summary>
internal sealed record TensorTable(
    OrderedDictionary<string, TensorEntry> Tensors, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Which of several sets of weights these are; <c>null</c> where the file has one.</summary>
    public WeightsChoice? Choice { get; init; }

    /// <summary>The user's key of the weights where nothing had it so far; a prefix of names may.</summary>
    public string? Key { get; init; }

    /// <summary>Keys of weights that the file has.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];
}

/// <summary>A run of bytes in a checkpoint file that one or more tensors are views of.</summary>
/// <param name="name">Name for messages: a zip entry or a storage key.</param>
/// <param name="offset">First byte in the file.</param>
/// <param name="length">Number of bytes.</param>
/// <param name="crc">CRC-32 according to the file; <c>null</c> if its format has none.</param>
internal sealed class StorageRecord(string name, long offset, long length, uint? crc = null)
{
    private readonly Lock _lock = new();
    private bool _verified;

    public string Name => name;

    public long Offset => offset;

    public long Length => length;

    /// <summary>Compares the bytes with their CRC at the first call.</summary>
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
