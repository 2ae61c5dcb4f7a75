using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor conv1d(Tensor input, Tensor weight, Tensor? bias = null, long? stride = null, long? padding = null, long? dilation = null, long groups = 1)
                => Native.conv1d(input, weight, bias, stride ?? 1, padding ?? 0, dilation ?? 1, groups);

            public static Tensor conv2d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? dilation = null, long groups = 1)
            {
                var stride = Pair(strides, 1);
                var border = Pair(padding, 0);
                var spread = Pair(dilation, 1);
                return Native.conv2d(
                    input, weight, bias, stride.H, stride.W, border.H, border.W, spread.H, spread.W, groups);
            }

            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => Native.linear(input, weights, bias);

            /// <summary>One number stands for both directions.</summary>
            private static (long H, long W) Pair(long[]? values, long otherwise) => values switch
            {
                null or [] => (otherwise, otherwise),
                [long both] => (both, both),
                [long h, long w] => (h, w),
                _ => throw new ArgumentException($"One or two numbers are expected, not {values.Length}."),
            };
        }
    }
}
