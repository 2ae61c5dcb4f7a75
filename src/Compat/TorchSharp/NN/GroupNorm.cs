using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// Group normalisation. The package leaves weight and bias uninitialised; here they are NaN, so that a program which
/// relies on PyTorch's ones and zeros is found out.
/// </summary>
public sealed class GroupNorm : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = nameof(weight))] private Parameter? _weight;
    [ComponentName(Name = nameof(bias))] private Parameter? _bias;

    internal GroupNorm(long numGroups, long numChannels, double eps, bool affine, Device? device, ScalarType? dtype)
        : base(nameof(GroupNorm))
    {
        num_groups = numGroups;
        this.eps = eps;
        this.affine = affine;
        if (!affine) return;
        weight = new Parameter(empty([numChannels], dtype, device).fill_(double.NaN));
        bias = new Parameter(empty([numChannels], dtype, device).fill_(double.NaN));
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

    public long num_groups { get; }

    public double eps { get; }

    public bool affine { get; }

    public override Tensor forward(Tensor tensor) => nn.functional.group_norm(tensor, num_groups, _weight, _bias, eps);

    /// <summary>Looks where the tensors are, other than modules in general.</summary>
    protected internal override nn.Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
    {
        _toEpilog(null, new Device(deviceType, deviceIndex), non_blocking);
        return this;
    }
}
