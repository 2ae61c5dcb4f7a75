using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>softmax(q·kᵀ/√d + mask)·v; a mask of booleans says which keys take part.</summary>
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0.0, [MarshalAs(UnmanagedType.U1)] bool is_casual = false)
                => Native.scaled_dot_product_attention(query, key, value, attn_mask, p, is_casual);

            public static Tensor one_hot(Tensor x, long num_classes = -1) => Native.one_hot(x, num_classes);
        }
    }
}
