using TorchSharp;

namespace Glide.Models.UNet;

/// <summary>Everything that the shape of one U-Net with its text transformer depends on.</summary>
internal sealed record UNetConfig
{
    /// <summary>Colours of an image.</summary>
    public const int ImageChannels = 3;

    /// <summary>What the network answers: noise and variance interpolation, three channels each.</summary>
    public const int OutputChannels = 6;

    /// <summary>Rows of the token table: the vocabulary of the GLIDE tokeniser.</summary>
    public const int Vocabulary = 50257;

    /// <summary>Groups of each GroupNorm; every number of channels is a multiple.</summary>
    private const int NormalizationGroups = 32;

    /// <summary>Side of the images in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Channels at full size; the other levels have multiples.</summary>
    public required int NumChannels { get; init; }

    /// <summary>Residual blocks of each level on the way down; one more on the way up.</summary>
    public required int NumResBlocks { get; init; }

    /// <summary>Channels of each level as multiples of <see cref="NumChannels"/>; each level halves the size.</summary>
    public required IReadOnlyList<int> ChannelMult { get; init; }

    /// <summary>Sides, in pixels, at which there is attention.</summary>
    public required IReadOnlyList<int> AttentionResolutions { get; init; }

    /// <summary>Channels of each attention head.</summary>
    public required int ChannelsPerHead { get; init; }

    /// <summary>Tokens of a prompt, padding included.</summary>
    public required int TextContext { get; init; }

    /// <summary>Width of the text transformer.</summary>
    public required int TextWidth { get; init; }

    /// <summary>Blocks of the text transformer.</summary>
    public required int TextLayers { get; init; }

    /// <summary>Heads of the text transformer.</summary>
    public required int TextHeads { get; init; }

    /// <summary>The network sees a smaller image that it enlarges.</summary>
    public bool Upsample { get; init; }

    /// <summary>The network sees the known part of an image and which part that is.</summary>
    public bool Inpaint { get; init; }

    /// <summary>The published text-to-image network, 64×64.</summary>
    public static UNetConfig Base { get; } = new()
    {
        ImageSize = 64,
        NumChannels = 192,
        NumResBlocks = 3,
        ChannelMult = [1, 2, 3, 4],
        AttentionResolutions = [32, 16, 8],
        ChannelsPerHead = 64,
        TextContext = 128,
        TextWidth = 512,
        TextLayers = 16,
        TextHeads = 8,
    };

    /// <summary>The published network from 64×64 to 256×256.</summary>
    public static UNetConfig Upsampler { get; } = Base with
    {
        ImageSize = 256,
        NumResBlocks = 2,
        ChannelMult = [1, 1, 2, 2, 4, 4],
        Upsample = true,
    };

    /// <summary>The published 64×64 network for filling in.</summary>
    public static UNetConfig BaseInpaint { get; } = Base with { Inpaint = true };

    /// <summary>The published enlarging network for filling in.</summary>
    public static UNetConfig UpsamplerInpaint { get; } = Upsampler with { Inpaint = true };

    /// <summary>The built-in text-to-image network, 32×32.</summary>
    public static UNetConfig MiniBase { get; } = new()
    {
        ImageSize = 32,
        NumChannels = 64,
        NumResBlocks = 1,
        ChannelMult = [1, 1, 2],
        AttentionResolutions = [16, 8],
        ChannelsPerHead = 32,
        TextContext = 24,
        TextWidth = 96,
        TextLayers = 2,
        TextHeads = 3,
    };

    /// <summary>The built-in network from 32×32 to 128×128.</summary>
    public static UNetConfig MiniUpsampler { get; } = new()
    {
        ImageSize = 128,
        NumChannels = 64,
        NumResBlocks = 1,
        ChannelMult = [1, 1, 1, 1, 1],
        AttentionResolutions = [8],
        ChannelsPerHead = 32,
        TextContext = 24,
        TextWidth = 32,
        TextLayers = 1,
        TextHeads = 1,
        Upsample = true,
    };

    /// <summary>The built-in 32×32 network for filling in.</summary>
    public static UNetConfig MiniBaseInpaint { get; } = MiniBase with { Inpaint = true };

    /// <summary>The built-in enlarging network for filling in.</summary>
    public static UNetConfig MiniUpsamplerInpaint { get; } = MiniUpsampler with { Inpaint = true };

    /// <summary>Channels that go in: noisy image, known image with its mask, enlarged image.</summary>
    public int InputChannels => ImageChannels + (Inpaint ? ImageChannels + 1 : 0) + (Upsample ? ImageChannels : 0);

    /// <summary>Width of the time embedding.</summary>
    public int EmbeddingWidth => 4 * NumChannels;

    /// <summary>Whether there is attention at a level; 0 is full size.</summary>
    public bool HasAttention(int level) => AttentionResolutions.Contains(ImageSize >> level);

    /// <summary>Memory that the weights take.</summary>
    public long ParameterBytes(Precision precision)
    {
        using var shapes = new UNetModel(this, precision, torch.META);
        return shapes.parameters().Sum(parameter => parameter.numel() * (parameter.dtype == torch.ScalarType.Float32 ? 4 : 2));
    }

    /// <summary>All reasons why no network can be built like this; empty for a sound configuration.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        void Require(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }

        int[] sizes = [ImageSize, NumChannels, NumResBlocks, ChannelsPerHead, TextContext, TextWidth, TextLayers, TextHeads];
        if (ChannelMult is null || AttentionResolutions is null || sizes.Concat(ChannelMult).Concat(AttentionResolutions).Any(size => size is < 1 or > 4096))
        {
            return ["every number must be from 1 to 4096"];
        }

        Require(ChannelMult.Count is >= 1 and <= 10, $"there are {ChannelMult.Count} levels, and there must be from 1 to 10");
        Require(NumChannels % NormalizationGroups == 0, $"{NumChannels} channels are no multiple of {NormalizationGroups}");
        Require(
            ChannelMult.Count > 10 || ImageSize % (1 << (ChannelMult.Count - 1)) == 0,
            $"a side of {ImageSize} pixels cannot be halved {ChannelMult.Count - 1} times");
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
