using Glide.Models;
using Glide.Models.Clip;
using Glide.ModelSets;
using Glide.Tests.ModelSets;

namespace Glide.Tests.Models;

/// <summary>The networks that the golden files and the lists of parameters are of.</summary>
/// <remarks>The published ones are those of <c>models/openai/model.json</c>.</remarks>
internal static class Networks
{
    private static readonly ModelSet s_published = ModelSet.Read(Path.Combine(Checkout.Models, "openai"));

    public static UNetConfig Base { get; } = Published("base");

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
        NoiseSchedule = "squaredcos_cap_v2",
    };

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
        NoiseSchedule = "linear",
    };

    public static UNetConfig MiniBaseInpaint { get; } = MiniBase with { Inpaint = true };

    public static UNetConfig MiniUpsamplerInpaint { get; } = MiniUpsampler with { Inpaint = true };

    public static ClipImageConfig ClipImage { get; } = s_published.Network("clip/image-enc").ClipImage!;

    public static ClipTextConfig ClipText { get; } = s_published.Network("clip/text-enc").ClipText!;

    public static ClipImageConfig MiniClipImage { get; } = new()
    {
        ImageSize = 32,
        PatchSize = 4,
        Width = 64,
        Layers = 2,
        Heads = 2,
        EmbeddingWidth = 64,
    };

    /// <summary>For the GLIDE tokenizer's ids and a start token.</summary>
    public static ClipTextConfig MiniClipText { get; } = new()
    {
        Vocabulary = 50258,
        TextContext = 24,
        Width = 64,
        Layers = 2,
        Heads = 2,
        EmbeddingWidth = 64,
    };

    public static UNetConfig UNet(string name) => name switch
    {
        "base_full" => Base,
        "upsample_full" => Published("upsample"),
        "base-inpaint_full" => Published("base-inpaint"),
        "upsample-inpaint_full" => Published("upsample-inpaint"),
        "base_mini" => MiniBase,
        "upsample_mini" => MiniUpsampler,
        "base-inpaint_mini" => MiniBaseInpaint,
        "upsample-inpaint_mini" => MiniUpsamplerInpaint,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such network"),
    };

    private static UNetConfig Published(string network) => s_published.Network(network).UNet!;
}
