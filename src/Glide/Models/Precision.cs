using System.Runtime.Intrinsics.X86;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Models;

/// <summary>Which parts of the networks run in 16 bits.</summary>
/// <remarks>
/// As published: all convolutions of the U-Net except the last one have 16 bits, and so do the weights of the text
/// transformer; normalization, softmax, everything that makes the time embedding and its scales and shifts, and the
/// last convolution stay in float32. Noised CLIP is float32 throughout.
/// </remarks>
internal sealed record Precision
{
    private Precision(string name, ScalarType weightType, ScalarType torsoType)
    {
        Name = name;
        WeightType = weightType;
        TorsoType = torsoType;
    }

    /// <summary>Whether libtorch has vectorized bf16 on this CPU.</summary>
    public static bool CpuComputesBFloat16 => !X86Base.IsSupported || Avx512BW.IsSupported;

    /// <summary>Everything in float32.</summary>
    public static Precision Float32 { get; } = new("fp32", ScalarType.Float32, ScalarType.Float32);

    /// <summary>The published split; libtorch has convolutions in this type on a GPU only.</summary>
    public static Precision Float16 { get; } = new("fp16", ScalarType.Float16, ScalarType.Float16);

    /// <summary>The published split in bfloat16.</summary>
    public static Precision BFloat16 { get; } = new("bf16", ScalarType.BFloat16, ScalarType.BFloat16);

    /// <summary>
    /// Weights in bfloat16, computed in float32: half the memory for a CPU that multiplies bf16 numbers one by one (3×3
    /// over 192 channels of 64×64: 20 s in bf16, 0.08 s in float32).
    /// </summary>
    public static Precision BFloat16Weights { get; } = new("bf16", ScalarType.BFloat16, ScalarType.Float32);

    /// <summary>Name on the command line: fp32, fp16 or bf16.</summary>
    public string Name { get; }

    /// <summary>Number type of the weights of convolutions and of the text transformer.</summary>
    public ScalarType WeightType { get; }

    /// <summary>Number type in which convolutions and activations between blocks are computed.</summary>
    public ScalarType TorsoType { get; }

    /// <summary>Options for convolutions and the text transformer's linear layers and token table.</summary>
    public TensorOptions Torso(Device device) => new(WeightType, device);

    /// <summary>What <c>bf16</c> means on a device.</summary>
    public static Precision BFloat16On(Device device) =>
        device.type == DeviceType.CPU && !CpuComputesBFloat16 ? BFloat16Weights : BFloat16;

    public static TensorOptions Full(Device device) => new(ScalarType.Float32, device);

    public override string ToString() => Name;
}

/// <summary>Number type and device of weights.</summary>
internal sealed record TensorOptions(ScalarType Type, Device Device)
{
    /// <summary>A frozen weight that is not initialized; loading a checkpoint fills it.</summary>
    /// <remarks>
    /// TorchSharp's own layers fill each weight with random numbers first, which takes longer than reading the file.
    /// Frozen, because only noised CLIP is ever trained; <c>requires_grad</c> may be switched on afterwards.
    /// </remarks>
    public Parameter Weight(params long[] shape)
    {
        var weight = new Parameter(empty(shape, dtype: Type, device: Device), requires_grad: false);
        weight.DetachFromDisposeScope();
        return weight;
    }
}
