using System.Globalization;

namespace Glide.Checkpoints;

/// <summary>Says which network a checkpoint belongs to, from a few names and shapes that set it apart.</summary>
internal static class CheckpointIdentity
{
    private const int PublishedChannels = 192;
    private const int MiniChannels = 64;

    /// <summary>
    /// The published network that the checkpoint looks like: <c>base</c>, <c>upsample</c>, <c>base-inpaint</c>,
    /// <c>upsample-inpaint</c>, <c>clip/image-enc</c>, <c>clip/text-enc</c>, with <c>(mini)</c> behind it for the
    /// small ones; a few networks that are mistaken for them; <c>null</c> if nothing is recognised.
    /// </summary>
    public static string? Describe(Checkpoint checkpoint) => Describe(name => checkpoint.Tensors.GetValueOrDefault(name)?.Shape);

    /// <summary>The same from a function that gives a tensor's shape or <c>null</c>.</summary>
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
        if (shapeOf("transformer_proj.weight") is null && shapeOf("padding_embedding") is null && shapeOf("token_embedding.weight") is null)
            return "a diffusion U-Net without GLIDE's text transformer";
        // 3 for x, 3 more for the low-resolution picture, 4 more for the known picture and its mask.
        string? kind = inputs switch { 3 => "base", 7 => "base-inpaint", 6 => "upsample", 10 => "upsample-inpaint", _ => null };
        return kind is null
            ? string.Create(CultureInfo.InvariantCulture, $"a GLIDE U-Net with {inputs} input channels")
            : kind + Size(channels, PublishedChannels, MiniChannels);
    }

    private static string Size(long width, long published, long mini) =>
        width == published ? "" : width == mini ? " (mini)" : string.Create(CultureInfo.InvariantCulture, $" (of width {width}, not published)");
}
