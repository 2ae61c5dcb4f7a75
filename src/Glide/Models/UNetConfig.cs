using System.Text.Json.Serialization;

namespace Glide.Models;

// Optional fields have setters, because the generated reader sets every init-only property and so loses its default.

/// <summary>
/// Sizes of a text-conditional U-Net and the diffusion process it was trained on, as <c>model.json</c> gives them.
/// </summary>
internal sealed record UNetConfig
{
    internal const int ImageChannels = 3;

    /// <summary>Channels of the output: three of noise and three of variance interpolation.</summary>
    internal const int OutputChannels = 6;

    /// <summary>No size of a network is larger.</summary>
    internal const int MostOfAnySize = 4096;

    /// <summary>Rows of the token table: the vocabulary of the GLIDE tokenizer.</summary>
    internal const int Vocabulary = 50257;

    // Every GroupNorm has as many groups, so every number of channels is a multiple.
    private const int NormalizationGroups = 32;

    /// <summary>Width and height of the images that the network was trained on, in pixels.</summary>
    public required int ImageSize { get; init; }

    public required int NumChannels { get; init; }

    /// <summary>Residual blocks at each resolution of the encoder; the decoder has one more.</summary>
    public required int NumResBlocks { get; init; }

    /// <summary>
    /// Channels at each resolution as multiples of <see cref="NumChannels"/>, highest resolution first; each level
    /// halves the size.
    /// </summary>
    public required IReadOnlyList<int> ChannelMult { get; init; }

    /// <summary>Resolutions, in pixels, at which the network attends to images of that size.</summary>
    public required IReadOnlyList<int> AttentionResolutions { get; init; }

    public required int ChannelsPerHead { get; init; }

    /// <summary>Tokens of a prompt, padding included.</summary>
    [JsonPropertyName("text_ctx")]
    public required int TextContext { get; init; }

    [JsonPropertyName("xf_width")]
    public required int TextWidth { get; init; }

    [JsonPropertyName("xf_layers")]
    public required int TextLayers { get; init; }

    [JsonPropertyName("xf_heads")]
    public required int TextHeads { get; init; }

    /// <summary>Whether the network enlarges a low-resolution image.</summary>
    public bool Upsample { get; set; }

    /// <summary>Whether the network is given a known image and its mask.</summary>
    public bool Inpaint { get; set; }

    public int DiffusionSteps { get; set; } = 1000;

    /// <summary>Published name of the β schedule: <c>linear</c> or <c>squaredcos_cap_v2</c>.</summary>
    public required string NoiseSchedule { get; init; }

    /// <summary>Input channels: noisy image, known image with its mask, enlarged image.</summary>
    internal int InputChannels => ImageChannels + (Inpaint ? ImageChannels + 1 : 0) + (Upsample ? ImageChannels : 0);

    internal int EmbeddingWidth => 4 * NumChannels;

    /// <summary>Whether there is attention at a level; level 0 has the highest resolution.</summary>
    internal bool HasAttention(int level) => AttentionResolutions.Contains(ImageSize >> level);

    /// <summary>Every reason why no network can be built from this configuration; empty if it is valid.</summary>
    internal IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        void Require(bool holds, string fault)
        {
            if (!holds)
                faults.Add(fault);
        }

        if (ChannelMult is null || AttentionResolutions is null)
            return ["channel_mult and attention_resolutions must be lists"];
        int[] sizes =
        [
            ImageSize, NumChannels, NumResBlocks, ChannelsPerHead, TextContext, TextWidth, TextLayers, TextHeads,
            .. ChannelMult, .. AttentionResolutions,
        ];
        if (sizes.Any(size => size is < 1 or > MostOfAnySize))
            return [$"every number must be from 1 to {MostOfAnySize}"];

        Require(ChannelMult.Count is >= 1 and <= 10,
            $"there are {ChannelMult.Count} levels, and there must be from 1 to 10");
        Require(NumChannels % NormalizationGroups == 0,
            $"{NumChannels} channels are no multiple of {NormalizationGroups}");
        Require(
            ChannelMult.Count > 10 || ImageSize % (1 << (ChannelMult.Count - 1)) == 0,
            $"a side of {ImageSize} pixels cannot be halved {Counted.Of(ChannelMult.Count - 1, "time")}");
        Require(TextWidth % TextHeads == 0, $"a text width of {TextWidth} cannot be shared by {TextHeads} heads");
        for (int level = 0; level < ChannelMult.Count; level++)
        {
            int channels = NumChannels * ChannelMult[level];
            bool attends = HasAttention(level) || level == ChannelMult.Count - 1;
            Require(
                !attends || channels % ChannelsPerHead == 0,
                $"{channels} channels of level {level} cannot be shared by heads of {ChannelsPerHead}");
        }

        return faults;
    }
}
