using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Glide.Checkpoints;

/// <summary>Receives a run of elements of a tensor in row-major order.</summary>
/// <param name="first">Index of the first element in the tensor.</param>
/// <param name="elements">Bytes of the elements in the file's element type, little-endian.</param>
internal delegate void ElementRun(long first, ReadOnlySpan<byte> elements);

/// <summary>
/// Named tensors in a file. The file's content decides its format: a torch.save archive, an old torch.save file or
/// safetensors, each gzip-compressed or not. Nothing in a file is ever run. The caller that opens one disposes it;
/// reading is safe from several threads.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    private const int HeadLength = 4096;
    private const int GatherLength = 1 << 20;

    private readonly FileBytes _file;

    private Checkpoint(FileBytes file, CheckpointFormat format, NamedWeights weights, TensorTable table)
    {
        _file = file;
        Format = format;
        Prefix = weights.Prefix;
        Tensors = weights.Tensors;
        Choice = weights.Choice;
        Metadata = table.Metadata;
    }

    /// <summary>Path of the file, as it was given.</summary>
    public string Path => _file.Path;

    /// <summary>Format of the file.</summary>
    public CheckpointFormat Format { get; }

    /// <summary>True if the file was gzip-compressed.</summary>
    internal bool IsCompressed { get; private init; }

    /// <summary>What stands in the file before every name of <see cref="Tensors"/>; empty where nothing does.</summary>
    internal string Prefix { get; }

    /// <summary>
    /// Which of several sets of weights <see cref="Tensors"/> are; <c>null</c> where the file has one, or the user
    /// chose.
    /// </summary>
    internal WeightsChoice? Choice { get; }

    /// <summary>What is odd about the file, for the user.</summary>
    internal IEnumerable<string> Notices()
    {
        string path = Quoted.Text(Path);
        if (Choice is { } choice)
        {
            yield return $"'{path}' holds several sets of weights; {choice}; --weights-key chooses another";
        }
        else if (Prefix.Length > 0)
        {
            yield return $"the names in '{path}' begin with '{Quoted.Text(Prefix)}', which was left out";
        }
    }

    /// <summary>Metadata: that of safetensors, or strings and numbers around a nested state dict.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>
    /// The tensors by name, in the file's order, without a prefix that a training tool has put before all of them.
    /// </summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>The shapes of floating-point tensors by name.</summary>
    internal IReadOnlyDictionary<string, IReadOnlyList<long>> Shapes() => Tensors.Values
        .Where(entry => entry.Type.IsFloating()).ToDictionary(entry => entry.Name, entry => entry.Shape);

    /// <summary>Opens a file and checks everything except the values of the tensors.</summary>
    /// <exception cref="CheckpointException">The file is missing, damaged, malicious or not a checkpoint; the message
    /// says which.</exception>
    public static Checkpoint Open(string path) =>
        Open(path ?? throw new ArgumentNullException(nameof(path)), key: null);

    /// <summary>Opens a file that may hold several sets of weights.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">Key of the weights, or prefix of their names; <c>null</c> to choose.</param>
    /// <inheritdoc cref="Open(string)" path="/exception"/>
    internal static Checkpoint Open(string path, string? key) => Open(FileBytes.Open(path), key);

    /// <summary>Opens a safetensors file with all that it holds, be it one network, several or none.</summary>
    /// <inheritdoc cref="Open(string)" path="/exception"/>
    internal static Checkpoint OpenAll(string path)
    {
        var file = FileBytes.Open(path);
        try
        {
            var table = SafetensorsReader.Read(file);
            return new Checkpoint(file, CheckpointFormat.Safetensors, new NamedWeights("", table.Tensors), table);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens bytes and takes ownership of them.</summary>
    internal static Checkpoint Open(FileBytes file, string? key = null)
    {
        bool compressed = false;
        try
        {
            if (GzipFile.Recognizes(Head(file)))
            {
                var packed = file;
                file = GzipFile.Unpack(packed, head => Recognize(packed, head, long.MaxValue));
                packed.Dispose();
                compressed = true;
            }
            var format = Recognize(file, Head(file), file.Length);
            var table = format switch
            {
                CheckpointFormat.TorchZip => PtArchive.Read(file, key),
                CheckpointFormat.TorchLegacy => LegacyPtFile.Read(file, key),
                _ => SafetensorsReader.Read(file) with { Key = key },
            };
            return new Checkpoint(file, format, NamedWeights.Of(file, table), table) { IsCompressed = compressed };
        }
        catch (Exception e)
        {
            file.Dispose();
            if (e is IOException)
                throw new CheckpointException($"checkpoint '{Quoted.Text(file.Path)}' cannot be read: {e.Message}", e);
            throw;
        }
    }

    /// <summary>Copies a tensor: row-major without gaps, in the file's element type.</summary>
    /// <param name="entry">One of <see cref="Tensors"/>.</param>
    /// <param name="destination">As many bytes as <see cref="TensorEntry.ByteCount"/>.</param>
    /// <exception cref="CheckpointException">The bytes do not have the CRC that the file claims.</exception>
    internal void Read(TensorEntry entry, Span<byte> destination)
    {
        if (destination.Length != entry.ByteCount)
        {
            throw new ArgumentException($"'{entry.Name}' has {entry.ByteCount} bytes, not {destination.Length}.",
                nameof(destination));
        }
        unsafe
        {
            fixed (byte* start = destination)
            {
                var target = start;
                int size = entry.Type.Size();
                Visit(entry, (first, run) => run.CopyTo(new Span<byte>(target + (first * size), run.Length)));
            }
        }
    }

    /// <summary>
    /// Copies a tensor into a new array of its own element type, such as <c>float</c> or <c>Half</c>.
    /// </summary>
    internal T[] Read<T>(TensorEntry entry) where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() != entry.Type.Size())
        {
            throw new ArgumentException(
                $"'{entry.Name}' has elements of type {entry.Type.ShortName()}, not {typeof(T).Name}.", nameof(entry));
        }
        var elements = new T[entry.ElementCount];
        Read(entry, MemoryMarshal.AsBytes(elements.AsSpan()));
        return elements;
    }

    /// <summary>Copies a floating-point tensor into a new array of floats.</summary>
    public float[] ReadSingles(TensorEntry entry)
    {
        var elements = new float[entry.ElementCount];
        Visit(entry, (first, run) => ElementConversion.Convert(
            entry.Type, run, ElementType.Float32,
            MemoryMarshal.AsBytes(elements.AsSpan((int)first, run.Length / entry.Type.Size()))));
        return elements;
    }

    /// <summary>
    /// Visits a tensor in row-major order, a few megabytes at a time, without a copy if its elements are contiguous in
    /// the file.
    /// </summary>
    /// <exception cref="CheckpointException">The bytes do not have the CRC that the file claims.</exception>
    internal void Visit(TensorEntry entry, ElementRun run) => Visit(entry, 0, entry.ElementCount, run);

    /// <summary>Visits a part of a tensor.</summary>
    /// <param name="entry">One of <see cref="Tensors"/>.</param>
    /// <param name="begin">Index of the first element.</param>
    /// <param name="count">Number of elements.</param>
    /// <param name="run">Called with each run.</param>
    internal void Visit(TensorEntry entry, long begin, long count, ElementRun run)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(begin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, entry.ElementCount - begin);
        entry.Storage.Verify(_file);
        if (entry.Strides is { } strides)
        {
            VisitStrided(entry, strides, begin, count, run);
            return;
        }
        int size = entry.Type.Size();
        long offset = checked(entry.Storage.Offset + (entry.StorageOffset * size));
        for (long first = begin; first < begin + count;)
        {
            int taken = (int)Math.Min(begin + count - first, FileBytes.WindowLength / size);
            using var window = _file.Map(offset + (first * size), (long)taken * size);
            run(first, window.Span);
            first += taken;
        }
    }

    /// <summary>Compares a tensor's bytes with their CRC if the format has one; every read does so once.</summary>
    /// <exception cref="CheckpointException">They differ.</exception>
    internal void Verify(TensorEntry entry) => entry.Storage.Verify(_file);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static byte[] Head(FileBytes file) => file.ReadArray(0, (int)Math.Min(file.Length, HeadLength));

    private static CheckpointFormat Recognize(FileBytes file, ReadOnlySpan<byte> head, long length)
    {
        if (head.StartsWith("PK\x03\x04"u8) || head.StartsWith("PK\x05\x06"u8))
            return CheckpointFormat.TorchZip;
        // A header of 640 bytes, 0x0280, has a length that begins like a pickle, but no pickle has { in its place.
        if (SafetensorsReader.Recognizes(head, length))
            return CheckpointFormat.Safetensors;
        if (head.Length >= 2 && head[0] == 0x80 && head[1] is >= 2 and <= 5)
            return CheckpointFormat.TorchLegacy;
        throw file.Refuse(ForeignFile.Describe(head));
    }

    private void VisitStrided(TensorEntry entry, IReadOnlyList<long> strides, long begin, long count, ElementRun run)
    {
        if (count == 0)
            return;
        int size = entry.Type.Size();
        var shape = entry.Shape;
        long reach = 1;
        for (int i = 0; i < shape.Count; i++)
            reach += (shape[i] - 1) * strides[i];
        using var window = _file.Map(entry.Storage.Offset + (entry.StorageOffset * size), reach * size);

        byte[] buffer = ArrayPool<byte>.Shared.Rent(GatherLength);
        try
        {
            var index = new long[shape.Count];
            long at = 0;
            long rest = begin;
            for (int dimension = shape.Count - 1; dimension >= 0; dimension--)
            {
                (rest, index[dimension]) = long.DivRem(rest, shape[dimension]);
                at += index[dimension] * strides[dimension];
            }
            for (long first = begin; first < begin + count;)
            {
                int taken = (int)Math.Min(begin + count - first, GatherLength / size);
                for (int i = 0; i < taken; i++)
                {
                    window.Slice(at * size, size).CopyTo(buffer.AsSpan(i * size));
                    for (int dimension = shape.Count - 1; dimension >= 0; dimension--)
                    {
                        at += strides[dimension];
                        if (++index[dimension] < shape[dimension])
                            break;
                        at -= strides[dimension] * shape[dimension];
                        index[dimension] = 0;
                    }
                }
                run(first, buffer.AsSpan(0, taken * size));
                first += taken;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

/// <summary>The file formats that <see cref="Checkpoint.Open(string)"/> reads.</summary>
public enum CheckpointFormat
{
    /// <summary>A zip archive as <c>torch.save</c> writes it since PyTorch 1.6.</summary>
    TorchZip,

    /// <summary>Five pickles and raw storages, as <c>torch.save</c> wrote them before PyTorch 1.6.</summary>
    TorchLegacy,

    /// <summary>A JSON header and raw tensors.</summary>
    Safetensors,
}
