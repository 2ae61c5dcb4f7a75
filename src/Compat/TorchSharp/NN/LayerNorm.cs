using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

public sealed class LayerNorm : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = nameof(weight))] private Parameter? _weight;
    [ComponentName(Name = nameof(bias))] private Parameter? _bias;

    internal LayerNorm(
        long[] normalizedShape, double eps, bool elementwiseAffine, bool bias, Device? device, ScalarType? dtype)
        : base(nameof(LayerNorm))
    {
        normalized_shape = normalizedShape;
        this.eps = eps;
        elementwise_affine = elementwiseAffine;
        if (!elementwiseAffine) return;
        weight = new Parameter(ones(normalizedShape, dtype, device));
        if (bias) this.bias = new Parameter(zeros(normalizedShape, dtype, device));
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

    public long[] normalized_shape { get; }

    public double eps { get; }

    public bool elementwise_affine { get; }

    public override Tensor forward(Tensor tensor) =>
        nn.functional.layer_norm(tensor, normalized_shape, _weight, _bias, eps);

    /// <summary>Looks where the tensors are, other than modules in general.</summary>
    protected internal override nn.Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
    {
        _toEpilog(null, new Device(deviceType, deviceIndex), non_blocking);
        return this;
    }
}
