using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Models.Layers;

/// <summary>The number type and the device that the weights of some layers have.</summary>
internal sealed record Placement(ScalarType Type, Device Device)
{
    /// <summary>A frozen weight whose numbers are whatever the memory held: loading a checkpoint fills it.</summary>
    /// <remarks>
    /// The package's own layers draw random numbers for each weight first, which takes longer than reading the file.
    /// Frozen, because only noised CLIP is ever trained; <c>requires_grad</c> may be switched on afterwards.
    /// </remarks>
    public Parameter Weight(params long[] shape)
    {
        var weight = new Parameter(empty(shape, dtype: Type, device: Device), requires_grad: false);
        weight.DetachFromDisposeScope();
        return weight;
    }
}
