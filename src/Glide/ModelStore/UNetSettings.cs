namespace Glide.ModelStore;

// Optional fields have setters, because the generated reader gives every init-only one a value, its default lost.

/// <summary>Sizes of a text-conditional U-Net and the diffusion process it was trained on, as <c>model.json</c> gives them.</summary>
public sealed record UNetSettings
{
    /// <summary>Width and height of the pictures it makes, in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Channels at the highest resolution.</summary>
    public required int NumChannels { get; init; }

    /// <summary>Residual blocks at each resolution of the way down.</summary>
    public required int NumResBlocks { get; init; }

    /// <summary>Channels at each resolution as multiples of <see cref="NumChannels"/>, highest resolution first.</summary>
    public required IReadOnlyList<int> ChannelMult { get; init; }

    /// <summary>Resolutions, in pixels, at which the network attends.</summary>
    public required IReadOnlyList<int> AttentionResolutions { get; init; }

    /// <summary>Channels of one attention head.</summary>
    public required int ChannelsPerHead { get; init; }

    /// <summary>Tokens of a prompt that the network sees.</summary>
    public required int TextCtx { get; init; }

    /// <summary>Width of the text transformer.</summary>
    public required int XfWidth { get; init; }

    /// <summary>Blocks of the text transformer.</summary>
    public required int XfLayers { get; init; }

    /// <summary>Attention heads of the text transformer.</summary>
    public required int XfHeads { get; init; }

    /// <summary>Whether the network enlarges a low-resolution picture.</summary>
    public bool Upsample { get; set; }

    /// <summary>Whether the network sees a known picture and its mask.</summary>
    public bool Inpaint { get; set; }

    /// <summary>Steps of the diffusion process in training.</summary>
    public int DiffusionSteps { get; set; } = 1000;

    /// <summary>Published name of the β schedule: <c>linear</c> or <c>squaredcos_cap_v2</c>.</summary>
    public required string NoiseSchedule { get; init; }
}
