using Glide.Models.UNet;

namespace Glide.Tests.Models;

/// <summary>The networks by the names that the golden files and the lists of parameters use.</summary>
internal static class Networks
{
    public static UNetConfig UNet(string name) => name switch
    {
        "base_full" => UNetConfig.Base,
        "upsample_full" => UNetConfig.Upsampler,
        "base-inpaint_full" => UNetConfig.BaseInpaint,
        "upsample-inpaint_full" => UNetConfig.UpsamplerInpaint,
        "base_mini" => UNetConfig.MiniBase,
        "upsample_mini" => UNetConfig.MiniUpsampler,
        "base-inpaint_mini" => UNetConfig.MiniBaseInpaint,
        "upsample-inpaint_mini" => UNetConfig.MiniUpsamplerInpaint,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such network"),
    };
}
