using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor avg_pool2d(Tensor input, long[] kernel_size, long[] stride = null!, long[] padding = null!, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null)
            {
                var kernel = Pair(kernel_size, 1);
                var step = stride is null or [] ? kernel : Pair(stride, 1);
                return AveragePool(input, kernel, step, Pair(padding, 0), ceil_mode, count_include_pad, divisor_override);
            }

            public static unsafe Tensor avg_pool2d(Tensor input, long kernel_size, long? stride = null, long padding = 0, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null)
                => AveragePool(
                    input, (kernel_size, kernel_size), (stride ?? kernel_size, stride ?? kernel_size), (padding, padding), ceil_mode,
                    count_include_pad, divisor_override);

            public static unsafe Tensor avg_pool2d(Tensor input, (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null)
                => AveragePool(
                    input, kernel_size, stride ?? kernel_size, padding ?? (0, 0), ceil_mode, count_include_pad, divisor_override);

            public static Tensor max_pool2d(Tensor input, long[] kernel_size, long[] strides = null!, long[] padding = null!, long[] dilation = null!, bool ceil_mode = false)
            {
                var kernel = Pair(kernel_size, 1);
                var step = strides is null or [] ? kernel : Pair(strides, 1);
                var border = Pair(padding, 0);
                var spread = Pair(dilation, 1);
                return Native.max_pool2d(
                    input, kernel.H, kernel.W, step.H, step.W, border.H, border.W, spread.H, spread.W, ceil_mode);
            }

            public static Tensor adaptive_avg_pool2d(Tensor input, long[] output_size)
            {
                var size = Pair(output_size, 1);
                return Native.adaptive_avg_pool2d(input, size.H, size.W);
            }

            private static Tensor AveragePool(
                Tensor input, (long H, long W) kernel, (long H, long W) stride, (long H, long W) padding, bool ceilMode,
                bool countIncludePad, long? divisor)
                => Native.avg_pool2d(
                    input, kernel.H, kernel.W, stride.H, stride.W, padding.H, padding.W, ceilMode, countIncludePad, divisor ?? 0);
        }
    }
}
