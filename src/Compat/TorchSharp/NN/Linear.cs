using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

public sealed class Linear : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = nameof(weight))] private Parameter? _weight;
    [ComponentName(Name = nameof(bias))] private Parameter? _bias;

    internal Linear(Parameter weight, Parameter? bias) : base(nameof(Linear))
    {
        this.weight = weight;
        this.bias = bias;
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

    public long in_features => weight.shape[1];

    public long out_features => weight.shape[0];

    public override Tensor forward(Tensor tensor) => nn.functional.linear(tensor, weight, _bias);

    /// <summary>Looks where the tensors are, other than modules in general.</summary>
    protected internal override nn.Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
    {
        _toEpilog(null, new Device(deviceType, deviceIndex), non_blocking);
        return this;
    }
}
