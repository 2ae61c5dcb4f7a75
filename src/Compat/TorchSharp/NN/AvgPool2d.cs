using static TorchSharp.torch;

namespace TorchSharp.Modules;

public sealed class AvgPool2d : ParameterLessModule<Tensor, Tensor>
{
    private readonly long _kernelSize;
    private readonly long? _stride;
    private readonly long _padding;
    private readonly bool _ceilMode;
    private readonly bool _countIncludePad;
    private readonly long? _divisorOverride;

    internal AvgPool2d(
        long kernelSize, long? stride, long? padding, bool ceilMode, bool countIncludePad, long? divisorOverride)
        : base(nameof(AvgPool2d))
    {
        _kernelSize = kernelSize;
        _stride = stride;
        _padding = padding ?? 0;
        _ceilMode = ceilMode;
        _countIncludePad = countIncludePad;
        _divisorOverride = divisorOverride;
    }

    public override Tensor forward(Tensor input) => nn.functional.avg_pool2d(
        input, _kernelSize, _stride, _padding, _ceilMode, _countIncludePad, _divisorOverride);
}
