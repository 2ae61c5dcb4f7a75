using Glide.Models.Layers;
using Glide.Models.Ops;
using Glide.Runtime;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.UNet;

/// <summary>Embeds timesteps: cosines and sines, then two linear layers, all in float32.</summary>
internal sealed class TimestepEmbedding : NamedModule<Tensor, Tensor>
{
    private const double LongestPeriod = 10000;

    private readonly LinearLayer _first;
    private readonly LinearLayer _second;
    private readonly Tensor _frequencies;

    /// <param name="channels">Number of cosines and sines together; even.</param>
    /// <param name="width">Width of the result.</param>
    /// <param name="place">Type and device of the weights.</param>
    /// <param name="ops">Computes the linear layers.</param>
    public TimestepEmbedding(int channels, int width, TensorOptions place, UNetOps ops)
        : base(nameof(TimestepEmbedding))
    {
        _first = this.Register("0", new LinearLayer(channels, width, place, ops));
        _second = this.Register("2", new LinearLayer(width, width, place, ops));
        _frequencies = this.RegisterConstant("frequencies", Frequencies(channels / 2, place.Device));
    }

    /// <param name="timestep">In the numbering of the trained steps, possibly fractional, [N].</param>
    /// <returns>[N, width] in float32.</returns>
    public override Tensor forward(Tensor timestep)
    {
        using var scope = NewDisposeScope();
        var angles = timestep.to(ScalarType.Float32).unsqueeze(1) * _frequencies;         // [N, channels/2]
        var waves = cat([angles.cos(), angles.sin()], dim: 1);                            // [N, channels]
        var hidden = functional.silu(_first.call(waves), inplace: true);                  // [N, width]
        return _second.call(hidden).MoveToOuterDisposeScope();
    }

    // In float32 at every operation, as in the training of the published networks.
    private static Tensor Frequencies(int count, Device device)
    {
        using var scope = NewDisposeScope();
        var exponents = tensor([.. Enumerable.Range(0, count).Select(index => (float)index)])
            .Times(-Math.Log(LongestPeriod)).Over(count);
        return exponents.exp().to(device).DetachFromDisposeScope();                       // [channels/2]
    }
}
