using Glide.Checkpoints;
using Glide.Models;
using Glide.Models.Ops;
using Glide.Models.UNet;
using static TorchSharp.torch;

namespace Glide.Training;

/// <summary>The weights that training begins with.</summary>
internal static class InitialWeights
{
    private const string Stem = "input_blocks.0.0.weight";

    /// <summary>Loads a checkpoint of the same network, or of the plain one for an inpainting network.</summary>
    /// <param name="network">Filled.</param>
    /// <param name="name">Name of the network for messages.</param>
    /// <param name="checkpoint">Of any number type.</param>
    /// <exception cref="CheckpointException">Names or shapes differ.</exception>
    public static void Load(UNetModel network, string name, Checkpoint checkpoint)
    {
        var plain = network.Config with { Inpaint = false };
        bool isPlain = network.Config.Inpaint && checkpoint.Tensors.TryGetValue(Stem, out var stem)
            && stem.Shape.Count == 4 && stem.Shape[1] == plain.InputChannels;
        if (isPlain)
            Extend(network, plain, name, checkpoint);
        else
            ModuleLoader.Load(network, name, checkpoint);
    }

    // Nichol et al. 2021, section 4.3: the channels of the known image and its mask begin at zero.
    private static void Extend(UNetModel network, UNetConfig plain, string name, Checkpoint checkpoint)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var source = new UNetModel(plain, network.Precision, network.Device, UNetOps.Plain);
        ModuleLoader.Load(source, name, checkpoint);
        var values = source.named_parameters().ToDictionary(named => named.name, named => named.parameter);
        foreach (var (parameter, value) in network.named_parameters()
            .Select(named => (named.parameter, values[named.name])))
        {
            if (parameter.shape.SequenceEqual(value.shape))
            {
                parameter.copy_(value);
                continue;
            }
            const int image = UNetConfig.ImageChannels;
            parameter.zero_();
            parameter.narrow(1, 0, image).copy_(value.narrow(1, 0, image));
            if (plain.Upsample)
                parameter.narrow(1, parameter.shape[1] - image, image).copy_(value.narrow(1, image, image));
        }
    }
}
