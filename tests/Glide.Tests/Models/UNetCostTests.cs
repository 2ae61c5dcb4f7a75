using Glide.Models;
using Glide.Models.UNet;

namespace Glide.Tests.Models;

public sealed class UNetCostTests
{
    // Counted in the original under PyTorch by hooks on its convolutions, linear layers and attention during a pass of
    // one image, without its text transformer and its encoder_kv layers.
    public static TheoryData<string, long> Originals => new()
    {
        { "base_full", 191_239_815_168 + 15_684_304_896 + 14_571_012_096 },
        { "upsample_full", 1_240_196_972_544 + 13_952_581_632 + 10_796_138_496 },
    };

    [Theory, MemberData(nameof(Originals))]
    public void A_pass_costs_what_it_costs_the_original(string network, long expected) =>
        Assert.Equal(expected, UNetCost.OperationsPerImage(Networks.UNet(network)));

    // One level without attention but in the middle, by hand: 2·rows·inputs·outputs for each layer.
    [Fact]
    public void A_small_network_costs_what_its_layers_add_up_to()
    {
        var config = new UNetConfig
        {
            ImageSize = 4,
            NumChannels = 32,
            NumResBlocks = 1,
            ChannelMult = [1],
            AttentionResolutions = [],
            ChannelsPerHead = 32,
            TextContext = 5,
            TextWidth = 8,
            TextLayers = 1,
            TextHeads = 1,
            NoiseSchedule = "linear",
        };
        const long time = (32 * 128) + (128 * 128);
        const long ends = 16 * 9 * ((3 * 32) + (32 * 6));
        const long embedding = 128 * 64;
        // 32 to 32 channels
        const long residual = (2 * 16 * 9 * 32 * 32) + embedding;
        // a skip joined: 64 to 32
        const long widening = (16 * 9 * ((64 * 32) + (32 * 32))) + (16 * 64 * 32) + embedding;
        const long attention = (16 * 32 * 96) + (16 * 32 * 32) + (2 * 32 * 16 * (16 + 5));
        Assert.Equal(2 * (time + ends + (3 * residual) + attention + (2 * widening)),
            UNetCost.OperationsPerImage(config));
    }
}
