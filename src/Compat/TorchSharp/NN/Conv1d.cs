using static TorchSharp.torch;

namespace TorchSharp.Modules;

public sealed class Conv1d : Convolution
{
    internal Conv1d(
        long inChannels, long outChannels, long kernelSize, long stride, long padding, long dilation,
        PaddingModes paddingMode, long groups, bool bias, Device? device, ScalarType? dtype)
        : base(nameof(Conv1d), inChannels, outChannels, [kernelSize], [stride], [padding], [dilation], paddingMode, groups,
            bias, device, dtype)
    {
    }

    public override Tensor forward(Tensor input) =>
        nn.functional.conv1d(input, weight, bias, stride[0], padding![0], dilation[0], groups);
}
