using System.Runtime.Intrinsics.X86;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Models;

/// <summary>Which parts of the networks run in 16 bits: the one place that knows.</summary>
/// <remarks>
/// As published: all convolutions of the U-Net but its last one have 16 bits, and so have the weights of the text
/// transformer; normalisation, softmax, everything that makes the time embedding and its scales and shifts, and the last
/// convolution stay in float32. Noised CLIP is float32 throughout.
/// </remarks>
internal sealed record Precision
{
    private Precision(string name, ScalarType torsoType)
    {
        Name = name;
        TorsoType = torsoType;
    }

    /// <summary>Whether libtorch multiplies bf16 by vectors on this CPU; where it does not, a step of a large network takes minutes.</summary>
    public static bool CpuComputesBFloat16 => !X86Base.IsSupported || Avx512BW.IsSupported;

    /// <summary>Everything in float32.</summary>
    public static Precision Float32 { get; } = new("fp32", ScalarType.Float32);

    /// <summary>The published split. libtorch computes convolutions in this type on a GPU only.</summary>
    public static Precision Float16 { get; } = new("fp16", ScalarType.Float16);

    /// <summary>The same split with the wider exponent.</summary>
    public static Precision BFloat16 { get; } = new("bf16", ScalarType.BFloat16);

    /// <summary>As on the command line: fp32, fp16, bf16.</summary>
    public string Name { get; }

    /// <summary>The type of convolutions, of the text transformer and of what flows between blocks.</summary>
    public ScalarType TorsoType { get; }

    /// <summary>For convolutions and the text transformer's linear layers and token table.</summary>
    public TensorOptions Torso(Device device) => new(TorsoType, device);

    /// <summary>For everything else.</summary>
    public static TensorOptions Full(Device device) => new(ScalarType.Float32, device);

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>The number type and the device that the weights of some layers have.</summary>
internal sealed record TensorOptions(ScalarType Type, Device Device)
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
