// {"__metadata__":{"glide":"{\"prompt\":\"a red circle\",...}","model":"mini","prompt":"a red circle","software":"glide
// 0.1.0"},
//  "latent":{"dtype":"F32","shape":[3,32,32],"data_offsets":[0,12288]}}, behind its length, and 12288 bytes of numbers
using System.Runtime.InteropServices;
using Glide.Checkpoints;
using Glide.Pipelines;

namespace Glide.Inversion;

/// <summary>Inverted noise as safetensors files.</summary>
internal static class NoiseFile
{
    private const string TensorName = "latent";

    /// <summary>Writes inverted noise in one piece; a file of that name is replaced.</summary>
    /// <exception cref="ResourceException">The disk is full or the folder cannot be written to.</exception>
    public static void Write(string path, InvertedNoise noise)
    {
        long size = noise.Record.Size;
        Action<Stream> write = stream => stream.Write(MemoryMarshal.AsBytes(noise.Values.AsSpan()));
        SafetensorsWriter.Write(path, [(TensorName, ElementType.Float32, [3, size, size], write)],
            noise.Record.ToTexts());
    }

    /// <summary>Reads inverted noise.</summary>
    /// <exception cref="UsageException">There is no such file, it is damaged or no noise file, or its numbers are not
    /// finite.</exception>
    public static InvertedNoise Read(string path)
    {
        if (Directory.Exists(path))
            throw new UsageException($"'{path}' is a folder; give a file that 'glide invert' wrote");
        if (!File.Exists(path))
            throw new UsageException($"there is no file '{path}'; give one that 'glide invert' wrote");
        try
        {
            using var file = Checkpoint.Open(path);
            return Read(path, file);
        }
        catch (CheckpointException refusal)
        {
            throw new UsageException($"'{path}' is no noise file; {refusal.Message}", refusal);
        }
    }

    private static InvertedNoise Read(string path, Checkpoint file)
    {
        if (NoiseRecord.FromTexts(file.Metadata) is not { } record
            || !file.Tensors.TryGetValue(TensorName, out var entry))
        {
            throw new UsageException(
                $"'{path}' is no noise file; it has no tensor '{TensorName}' with glide's own record; allowed are "
                    + $"files that 'glide invert' wrote");
        }
        if (entry.Type != ElementType.Float32 || !entry.Shape.SequenceEqual([3, record.Size, record.Size]))
        {
            throw new UsageException(
                $"the noise in '{path}' is {SafetensorsReader.NameOf(entry.Type)} {entry.ShapeText}; its record says "
                    + $"F32 [3, {record.Size}, {record.Size}]; make it again with 'glide invert'");
        }
        float[] values = file.ReadSingles(entry);
        int bad = values.Count(value => !float.IsFinite(value));
        return bad == 0
            ? new InvertedNoise(record, values)
            : throw new UsageException(
                $"{bad} of the {values.Length} numbers in '{path}' are not finite (NaN or infinite); make it again "
                    + $"with 'glide invert'");
    }
}
