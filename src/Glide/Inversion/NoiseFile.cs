// {"__metadata__":{"glide":"{\"prompt\":\"a red circle\",...}","model":"mini","prompt":"a red circle","software":"glide 0.1.0"},
//  "latent":{"dtype":"F32","shape":[3,32,32],"data_offsets":[0,12288]}}, behind its length, and 12288 bytes of numbers
using System.Runtime.InteropServices;
using System.Text.Json;
using Glide.Checkpoints;
using Glide.Pipelines;
using static TorchSharp.torch;

namespace Glide.Inversion;

/// <summary>Inverted noise as safetensors files.</summary>
public static class NoiseFile
{
    private const string TensorName = "latent";

    /// <summary>Writes inverted noise in one piece; a file of that name is replaced.</summary>
    /// <exception cref="ResourceException">The disk is full or the folder cannot be written to.</exception>
    public static void Write(string path, InvertedNoise noise)
    {
        long size = noise.Record.Size;
        Action<Stream> write = stream => stream.Write(MemoryMarshal.AsBytes(noise.Values.AsSpan()));
        SafetensorsWriter.Write(path, [(TensorName, ElementType.Float32, [3, size, size], write)], noise.Record.ToTexts());
    }

    /// <summary>Reads inverted noise.</summary>
    /// <exception cref="UsageException">There is no such file, it is damaged or no noise file, or its numbers are not finite.</exception>
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
        if (NoiseRecord.FromTexts(file.Metadata) is not { } record || !file.Tensors.TryGetValue(TensorName, out var entry))
            throw new UsageException($"'{path}' is no noise file; it has no tensor '{TensorName}' with glide's own record; allowed are files that 'glide invert' wrote");
        if (entry.Type != ElementType.Float32 || !entry.Shape.SequenceEqual([3, record.Size, record.Size]))
        {
            throw new UsageException(
                $"the noise in '{path}' is {SafetensorsReader.NameOf(entry.Type)} {entry.ShapeText}; its record says F32 [3, {record.Size}, {record.Size}]; make it again with 'glide invert'");
        }
        float[] values = file.ReadSingles(entry);
        int bad = values.Count(value => !float.IsFinite(value));
        return bad == 0
            ? new InvertedNoise(record, values)
            : throw new UsageException($"{bad} of the {values.Length} numbers in '{path}' are not finite (NaN or infinite); make it again with 'glide invert'");
    }
}

/// <summary>The noise that an image comes from: x of the step that sampling begins with.</summary>
/// <param name="Record">How it was found.</param>
/// <param name="Values">[3, S, S] row by row, S = <see cref="NoiseRecord.Size"/>; about standard normal.</param>
public sealed record InvertedNoise(NoiseRecord Record, float[] Values)
{
    // [1, 3, S, S] on the CPU; the caller disposes it.
    internal Tensor ToTensor() => tensor(Values, [1, 3, Record.Size, Record.Size]);

    /// <summary>The noise a part of the way from this one to another, on the sphere; its record is this one's.</summary>
    /// <param name="other">Of the same size.</param>
    /// <param name="amount">0 gives this one, 1 the other.</param>
    internal InvertedNoise Towards(InvertedNoise other, double amount)
    {
        using var scope = NewDisposeScope();
        return this with { Values = Slerp.Of(ToTensor(), other.ToTensor(), amount).contiguous().data<float>().ToArray() };
    }
}

/// <summary>The line that <c>--json</c> prints for inverted noise.</summary>
internal sealed record NoiseLine(string Path, string Prompt, int Size, double Seconds, NoiseRecord Settings);

/// <summary>How inverted noise was found: everything that leads back from it to its image.</summary>
public sealed record NoiseRecord
{
    private const string PromptKey = "prompt";
    private const string ModelKey = "model";
    private const string SoftwareKey = "software";
    private const string SettingsKey = "glide";

    /// <summary>The prompt that the image was taken to show.</summary>
    public required string Prompt { get; init; }

    /// <summary>What stood in place of the empty prompt.</summary>
    public string Negative { get; init; } = "";

    /// <summary>SHA-256 over the image's pixels, its first digits.</summary>
    public required string Image { get; init; }

    /// <summary>Width and height of the image in pixels; what is no square was padded to one.</summary>
    public required int Width { get; init; }

    /// <inheritdoc cref="Width"/>
    public required int Height { get; init; }

    /// <summary>Side of the base's images, which the noise has too.</summary>
    public required int Size { get; init; }

    /// <summary>Name of the model set.</summary>
    public required string Model { get; init; }

    /// <summary>One hash for the base network.</summary>
    public required string ModelHash { get; init; }

    /// <summary>The program's version.</summary>
    public required string Version { get; init; }

    /// <summary>Device, such as <c>cpu</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Number type of the torso.</summary>
    public required string Dtype { get; init; }

    /// <summary>Steps, guidance and all else that the base was inverted with.</summary>
    public required StageRecipe Inversion { get; init; }

    /// <summary>The texts of a noise file.</summary>
    public IReadOnlyDictionary<string, string> ToTexts() => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        [SoftwareKey] = $"glide {Version}",
        [PromptKey] = Prompt,
        [ModelKey] = Model,
        [SettingsKey] = JsonSerializer.Serialize(this, GlideJson.Default.NoiseRecord),
    };

    /// <summary>Reads what <see cref="ToTexts"/> wrote; <c>null</c> where it is missing or not ours.</summary>
    public static NoiseRecord? FromTexts(IReadOnlyDictionary<string, string> texts)
    {
        if (!texts.TryGetValue(SettingsKey, out string? json))
            return null;
        return FormerMetadata.Read(json, GlideJson.Default.NoiseRecord);
    }

    /// <summary>The line that <c>--json</c> prints.</summary>
    public string ToJsonLine(string path, double seconds) =>
        JsonSerializer.Serialize(new NoiseLine(path, Prompt, Size, Math.Round(seconds, 3), this), GlideJson.Default.NoiseLine);
}
