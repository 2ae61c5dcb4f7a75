using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What the convolutions have in common; padding with zeros only.</summary>
public abstract class Convolution : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = nameof(weight))] private Parameter? _weight;
    [ComponentName(Name = nameof(bias))] private Parameter? _bias;

    private protected Convolution(
        string name, long inChannels, long outChannels, long[] kernelSize, long[] stride, long[] padding, long[] dilation,
        PaddingModes paddingMode, long groups, bool bias, Device? device, ScalarType? dtype) : base(name)
    {
        if (paddingMode != PaddingModes.Zeros)
            throw new NotSupportedException($"Convolutions of this stand-in pad with zeros only, not {paddingMode}.");
        if (groups < 1 || inChannels % groups != 0 || outChannels % groups != 0)
            throw new ArgumentException($"{inChannels} and {outChannels} channels cannot be split into {groups} groups.");
        kernel_size = kernelSize;
        this.stride = stride;
        this.padding = padding;
        this.dilation = dilation;
        this.groups = groups;
        weight = new Parameter(empty([outChannels, inChannels / groups, .. kernelSize], dtype, device));
        if (bias) this.bias = new Parameter(empty([outChannels], dtype, device));
        nn.init.ResetAffine(weight, this.bias);
    }

    public Parameter? bias
    {
        get => _bias;
        set => ConditionallyRegisterParameter(nameof(bias), _bias = Parameter.Replace(_bias, value));
    }

    public Parameter weight
    {
        get => _weight!;
        set => ConditionallyRegisterParameter(nameof(weight), _weight = Parameter.Replace(_weight, value)!);
    }

    public long in_channels => weight.shape[1] * groups;

    public long out_channels => weight.shape[0];

    public long[] kernel_size { get; }

    public long[] stride { get; }

    public long[]? padding { get; }

    public long[] dilation { get; }

    public long groups { get; }

    /// <summary>Looks where the tensors are, other than modules in general.</summary>
    protected internal override nn.Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
    {
        _toEpilog(null, new Device(deviceType, deviceIndex), non_blocking);
        return this;
    }
}
