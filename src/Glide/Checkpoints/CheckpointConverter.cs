using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Glide.Checkpoints;

/// <summary>Converts checkpoints to safetensors, which load faster and, in 16 bits, take half the space.</summary>
internal static class CheckpointConverter
{
    /// <summary>Converts a file of any format that can be read.</summary>
    /// <param name="input">The checkpoint.</param>
    /// <param name="output">The safetensors file.</param>
    /// <param name="dtype"><c>fp32</c>, <c>fp16</c> or <c>bf16</c> for the floating-point tensors; <c>null</c> keeps
    /// their types.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="source">Which of several weights are taken, and what is merged into them; <c>null</c> for the
    /// file's own.</param>
    /// <param name="cancellation">Cancels; no file is left.</param>
    /// <returns>What is odd about the input, for the user.</returns>
    /// <exception cref="UsageException">The output exists already, is the input, or has another extension.</exception>
    /// <exception cref="CheckpointException">The input is refused, or a number is too large for fp16.</exception>
    /// <exception cref="ResourceException">The output cannot be written.</exception>
    public static IReadOnlyList<string> Convert(string input, string output, string? dtype = null,
        bool overwrite = false, ConvertedWeights? source = null, CancellationToken cancellation = default)
    {
        ElementType? type = dtype switch
        {
            null => null,
            "fp32" => ElementType.Float32,
            "fp16" => ElementType.Float16,
            "bf16" => ElementType.BFloat16,
            _ => throw new UsageException(
                $"bad value for --dtype; found '{dtype}'; allowed is one of fp32, fp16, bf16"),
        };
        if (!output.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException(
                $"the output must end in .safetensors; found '{output}'; that is the only format that is written");
        }
        if (Path.GetFullPath(input) == Path.GetFullPath(output))
            throw new UsageException($"input and output are the same file; '{output}'; give the output another name");
        if (File.Exists(output) && !overwrite)
            throw new UsageException($"the file exists; '{output}'; give --overwrite to replace it, or another name");
        return ConvertAs(input, output, type, source, cancellation);
    }

    /// <summary>Converts a file; names, shapes and metadata stay, values are equal or rounded to nearest.</summary>
    /// <param name="input">A checkpoint of any format.</param>
    /// <param name="output">The safetensors file; an existing one is replaced.</param>
    /// <param name="floating">Type for all floating-point tensors; <c>null</c> keeps their types. Other tensors always
    /// keep theirs.</param>
    /// <param name="source">Which of several weights are taken, and what is merged into them; <c>null</c> for the
    /// file's own.</param>
    /// <param name="cancellation">Cancels; no file is left.</param>
    /// <returns>What is odd about the input, for the user.</returns>
    /// <exception cref="CheckpointException">The input is refused, or a number is too large for fp16.</exception>
    /// <exception cref="ResourceException">The output cannot be written.</exception>
    internal static IReadOnlyList<string> ConvertAs(string input, string output, ElementType? floating = null,
        ConvertedWeights? source = null, CancellationToken cancellation = default)
    {
        if (floating is { } wanted && !wanted.IsFloating())
            throw new ArgumentOutOfRangeException(nameof(floating), floating, "A floating-point type is needed.");
        if (Directory.Exists(output))
            throw new UsageException($"the output '{output}' is a folder; give a file name, such as model.safetensors");
        using var checkpoint = Checkpoint.Open(input, source?.Key);
        var merge = LoraMerge.Plan(source?.Loras ?? [], CheckpointIdentity.Describe(checkpoint) ?? Quoted.Text(input),
            checkpoint.Shapes());
        var tensors = checkpoint.Tensors.Values.Select(entry =>
        {
            var type = entry.Type.IsFloating() && floating is { } changed ? changed : entry.Type;
            return (entry.Name, type, entry.Shape.ToArray(), (Action<Stream>)Write);

            void Write(Stream stream)
            {
                if (merge.Changes(entry.Name))
                    WriteRun(entry with { Type = ElementType.Float32 }, 0, Bytes(merge.Merged(checkpoint, entry)));
                else
                    checkpoint.Visit(entry, (first, run) => WriteRun(entry, first, run));

                void WriteRun(TensorEntry source, long first, ReadOnlySpan<byte> run)
                {
                    cancellation.ThrowIfCancellationRequested();
                    CheckpointConverter.Write(checkpoint, source, first, run, type, stream);
                }
            }
        });
        SafetensorsWriter.Write(output, tensors, source is { Loras.Count: > 0 }
            ? new Dictionary<string, string>(checkpoint.Metadata) { ["glide.merged"] = source.LorasText }
            : checkpoint.Metadata);
        return [.. checkpoint.Notices()];
    }

    private static ReadOnlySpan<byte> Bytes(float[] values) => MemoryMarshal.AsBytes(values.AsSpan());

    private static void Write(Checkpoint checkpoint, TensorEntry entry, long first, ReadOnlySpan<byte> run,
        ElementType type, Stream stream)
    {
        if (entry.Type == type)
        {
            stream.Write(run);
            return;
        }
        int count = run.Length / entry.Type.Size();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(count * type.Size());
        try
        {
            var converted = buffer.AsSpan(0, count * type.Size());
            ElementConversion.Convert(entry.Type, run, type, converted);
            if (type == ElementType.Float16)
                RefuseOverflow(checkpoint, entry, first, run, converted);
            stream.Write(converted);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // An infinite weight would show only much later, as an image with infinite pixels.
    private static void RefuseOverflow(Checkpoint checkpoint, TensorEntry entry, long first,
        ReadOnlySpan<byte> run, Span<byte> converted)
    {
        const ushort infinity = 0x7C00, negativeInfinity = 0xFC00;
        var halves = MemoryMarshal.Cast<byte, ushort>(converted);
        int size = entry.Type.Size();
        Span<byte> wide = stackalloc byte[sizeof(double)];
        for (int at = 0, found; (found = halves[at..].IndexOfAny(infinity, negativeInfinity)) >= 0; at += found + 1)
        {
            ElementConversion.Convert(entry.Type, run.Slice((at + found) * size, size), ElementType.Float64, wide);
            double value = BitConverter.ToDouble(wide);
            if (double.IsFinite(value))
            {
                throw new CheckpointException(string.Create(CultureInfo.InvariantCulture,
                    $"tensor '{Quoted.Text(entry.Name)}' of '{Quoted.Text(checkpoint.Path)}' has {value} at element "
                        + $"{first + at + found}, beyond fp16's 65504; use bf16 or fp32"));
            }
        }
    }
}

/// <summary>What a conversion takes from its input, and what it adds.</summary>
/// <param name="Key">Key of the weights in a file that holds several; <c>null</c> to choose.</param>
/// <param name="Loras">Changes that are added to the weights.</param>
internal sealed record ConvertedWeights(string? Key, IReadOnlyList<WeightedLora> Loras)
{
    /// <summary>The changes for the metadata of the output: names of files and their factors.</summary>
    public string LorasText => string.Join(", ", Loras.Select(lora => string.Create(CultureInfo.InvariantCulture,
        $"{Path.GetFileName(lora.File.Path)}:{lora.Weight}")));
}
