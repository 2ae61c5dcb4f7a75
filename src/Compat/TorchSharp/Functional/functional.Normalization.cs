using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor group_norm(Tensor input, long num_groups, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5)
                => Native.group_norm(input, num_groups, weight, bias, eps);

            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5)
                => Native.layer_norm(input, normalized_shape, normalized_shape.Length, weight, bias, eps);

            /// <summary>Vectors along dim, divided by their p-norm, but by no less than eps.</summary>
            public static Tensor normalize(Tensor input, double p = 2.0, long dim = 1L, double eps = 1e-12)
            {
                using var norm = Native.linalg_vector_norm(input, p, [dim], 1, true);
                using var divisor = Native.clamp(norm, eps, NativeScalar.None);
                return input / divisor;
            }
        }
    }
}
