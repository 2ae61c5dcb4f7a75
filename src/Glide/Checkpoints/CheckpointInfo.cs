using System.Globalization;
using System.Security.Cryptography;

namespace Glide.Checkpoints;

/// <summary>Description of a checkpoint file.</summary>
internal sealed record CheckpointInfo
{
    /// <summary>Path of the file, as it was given.</summary>
    public required string Path { get; init; }

    public required CheckpointFormat Format { get; init; }

    public required bool IsCompressed { get; init; }

    /// <summary>Length of the file in bytes.</summary>
    public required long FileLength { get; init; }

    /// <summary>SHA-256 of the file in lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The network that it appears to be; <c>null</c> if none is recognized.</summary>
    public string? Identity { get; init; }

    /// <summary>What stands before every name in the file; empty where nothing does.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>The tensors in the file's order.</summary>
    public required IReadOnlyList<TensorEntry> Tensors { get; init; }

    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>Number of parameters: the elements of all tensors.</summary>
    public long ParameterCount => Tensors.Sum(t => t.ElementCount);

    public long TensorBytes => Tensors.Sum(t => t.ByteCount);

    /// <summary>Number of tensors of each element type, most common first.</summary>
    public IReadOnlyList<KeyValuePair<ElementType, int>> Types =>
        [.. Tensors.CountBy(t => t.Type).OrderByDescending(c => c.Value).ThenBy(c => c.Key)];

    /// <summary>Which of several sets of weights is described; <c>null</c> where the file has one.</summary>
    public WeightsChoice? Choice { get; init; }

    /// <summary>Reads a file: structure, hash and checksums.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">Key of the weights in a file that holds several; <c>null</c> to choose.</param>
    /// <param name="check">Called with the open file before its checksums are compared; <c>null</c> for no more
    /// checks.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="CheckpointException">The file is missing, damaged, malicious or not a checkpoint.</exception>
    public static CheckpointInfo Read(string path, string? key = null, Action<Checkpoint>? check = null,
        CancellationToken cancellation = default)
    {
        using var checkpoint = Checkpoint.Open(path, key);
        check?.Invoke(checkpoint);
        foreach (var entry in checkpoint.Tensors.Values)
        {
            cancellation.ThrowIfCancellationRequested();
            checkpoint.Verify(entry);
        }
        using var file = FileBytes.Open(path);
        return new CheckpointInfo
        {
            Path = path,
            Format = checkpoint.Format,
            IsCompressed = checkpoint.IsCompressed,
            FileLength = file.Length,
            Sha256 = Hash(file, cancellation),
            Identity = CheckpointIdentity.Describe(checkpoint),
            Prefix = checkpoint.Prefix,
            Choice = checkpoint.Choice,
            Tensors = [.. checkpoint.Tensors.Values],
            Metadata = checkpoint.Metadata,
        };
    }

    private static string Hash(FileBytes file, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long offset = 0; offset < file.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            long count = Math.Min(file.Length - offset, FileBytes.WindowLength);
            using var window = file.Map(offset, count);
            hash.AppendData(window.Span);
            offset += count;
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>Recognizes the network of a checkpoint by a few distinctive names and shapes.</summary>
internal static class CheckpointIdentity
{
    private const int PublishedChannels = 192;
    private const int MiniChannels = 64;

    /// <summary>Names of tensors that only one kind of network has.</summary>
    internal static IReadOnlyList<string> DistinctiveNames { get; } =
    [
        "model.diffusion_model.input_blocks.0.0.weight", "input_blocks.0.0.weight", "blocks.input.patch_proj",
        "blocks.input.w_voc", "visual.conv1.weight",
    ];

    /// <summary>
    /// The published network that the checkpoint appears to be: <c>base</c>, <c>upsample</c>, <c>base-inpaint</c>,
    /// <c>upsample-inpaint</c>, <c>clip/image-enc</c>, <c>clip/text-enc</c>, with <c>(mini)</c> appended for the
    /// small ones; a few networks that are often mistaken for them; <c>null</c> if none is recognized.
    /// </summary>
    public static string? Describe(Checkpoint checkpoint) =>
        Describe(name => checkpoint.Tensors.GetValueOrDefault(name)?.Shape);

    /// <summary>Recognizes a network from a function that returns a tensor's shape or <c>null</c>.</summary>
    internal static string? Describe(Func<string, IReadOnlyList<long>?> shapeOf)
    {
        if (shapeOf("input_blocks.0.0.weight") is [var channels, var inputs, 3, 3])
            return UNet(shapeOf, channels, inputs);
        if (shapeOf("blocks.input.patch_proj") is [var imageWidth, 3, _, _])
            return "clip/image-enc" + Size(imageWidth, published: 768, mini: 64);
        if (shapeOf("blocks.input.w_voc") is [_, var textWidth])
            return "clip/text-enc" + Size(textWidth, published: 512, mini: 64);
        if (shapeOf("visual.conv1.weight") is not null)
            return "OpenAI CLIP (not the noised one that GLIDE uses)";
        if (shapeOf("model.diffusion_model.input_blocks.0.0.weight") is not null)
            return "Stable Diffusion (another architecture)";
        return null;
    }

    private static string UNet(Func<string, IReadOnlyList<long>?> shapeOf, long channels, long inputs)
    {
        if (shapeOf("transformer_proj.weight") is null && shapeOf("padding_embedding") is null
            && shapeOf("token_embedding.weight") is null)
        {
            return "a diffusion U-Net without GLIDE's text transformer";
        }
        // 3 for x, 3 more for the low-resolution image, 4 more for the known image and its mask.
        string? kind = inputs switch
        {
            3 => "base",
            7 => "base-inpaint",
            6 => "upsample",
            10 => "upsample-inpaint",
            _ =>
            null
        };
        return kind is null
            ? string.Create(CultureInfo.InvariantCulture, $"a GLIDE U-Net with {inputs} input channels")
            : kind + Size(channels, PublishedChannels, MiniChannels);
    }

    private static string Size(long width, long published, long mini) =>
        width == published ? "" : width == mini
            ? " (mini)"
            : string.Create(CultureInfo.InvariantCulture, $" (of width {width}, not published)");
}
