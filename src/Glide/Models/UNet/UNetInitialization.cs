using Glide.Models.Layers;
using Glide.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Models.UNet;

/// <summary>Random initial weights for training a U-Net.</summary>
/// <remarks>
/// Layers as PyTorch begins them (uniform, ±1/√inputs). The last layer of each residual branch and of the network is
/// zero, so that the network begins as the identity and its prediction as 0 (Dhariwal &amp; Nichol 2021). So is the
/// table of tokens: rows that no caption uses stay zero and compress away.
/// </remarks>
internal static class UNetInitialization
{
    private const double PositionDeviation = 0.01;

    /// <summary>Fills every weight.</summary>
    /// <param name="network">Weights of any number type, on any device.</param>
    /// <param name="generator">Source of the numbers, on the CPU.</param>
    public static void Initialize(UNetModel network, Generator generator)
    {
        using var frozen = no_grad();
        var layers = network.named_modules().ToDictionary(named => named.name, named => named.module);
        foreach (var (name, parameter) in network.named_parameters())
        {
            int dot = name.LastIndexOf('.');
            string layer = dot < 0 ? "" : name[..dot];
            var module = layers.GetValueOrDefault(layer);
            if (module is GroupNormalization or LayerNormalization)
                parameter.Fill(name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0);
            else if (dot < 0)
                Fill(parameter, numbers => numbers.normal_(0, PositionDeviation, generator));
            else if (module is EmbeddingTable || EndsBranch(layer))
                parameter.Fill(0);
            else
                FillUniform(parameter, Inputs(module!), generator);
        }
    }

    private static bool EndsBranch(string layer) =>
        layer.EndsWith("out_layers.3", StringComparison.Ordinal)
        || layer.EndsWith("proj_out", StringComparison.Ordinal) || layer == "out.2";

    private static long Inputs(nn.Module layer)
    {
        var weight = layer.named_parameters().First(named => named.name == "weight").parameter;
        return weight.numel() / weight.shape[0];
    }

    private static void FillUniform(Parameter parameter, long inputs, Generator generator)
    {
        double bound = 1 / Math.Sqrt(inputs);
        Fill(parameter, numbers => numbers.uniform_(-bound, bound, generator));
    }

    private static void Fill(Parameter parameter, Action<Tensor> draw)
    {
        using var numbers = empty(parameter.shape, dtype: ScalarType.Float32);
        draw(numbers);
        parameter.copy_(numbers);
    }
}
