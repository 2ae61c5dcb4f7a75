using Glide.Models.Clip;
using Glide.Models.UNet;

namespace Glide.ModelSets;

/// <summary>From a model set's description to what the networks are built from.</summary>
internal static class NetworkConfigs
{
    extension(UNetConfig)
    {
        /// <summary>The configuration that <c>model.json</c> gives a U-Net.</summary>
        public static UNetConfig From(UNetSettings settings) => new()
        {
            ImageSize = settings.ImageSize,
            NumChannels = settings.NumChannels,
            NumResBlocks = settings.NumResBlocks,
            ChannelMult = settings.ChannelMult,
            AttentionResolutions = settings.AttentionResolutions,
            ChannelsPerHead = settings.ChannelsPerHead,
            TextContext = settings.TextCtx,
            TextWidth = settings.XfWidth,
            TextLayers = settings.XfLayers,
            TextHeads = settings.XfHeads,
            Upsample = settings.Upsample,
            Inpaint = settings.Inpaint,
        };
    }

    extension(ClipImageConfig)
    {
        /// <summary>The configuration that <c>model.json</c> gives noised CLIP's image side.</summary>
        public static ClipImageConfig From(ClipImageSettings settings) => new()
        {
            ImageSize = settings.ImageSize,
            PatchSize = settings.PatchSize,
            Width = settings.Width,
            Layers = settings.Layers,
            Heads = settings.Heads,
            EmbeddingWidth = settings.Embedding,
            Timesteps = settings.DiffusionSteps,
        };
    }

    extension(ClipTextConfig)
    {
        /// <summary>The configuration that <c>model.json</c> gives noised CLIP's text side.</summary>
        public static ClipTextConfig From(ClipTextSettings settings) => new()
        {
            Vocabulary = settings.Vocabulary,
            TextContext = settings.TextCtx,
            Width = settings.Width,
            Layers = settings.Layers,
            Heads = settings.Heads,
            EmbeddingWidth = settings.Embedding,
        };
    }
}
