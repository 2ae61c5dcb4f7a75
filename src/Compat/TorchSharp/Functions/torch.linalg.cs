using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Norms of vectors and matrices.</summary>
    public static class linalg
    {
        /// <summary>The 2-norm of all elements, or along some dimensions.</summary>
        public static Tensor norm(Tensor input, long[]? dims = null, bool keepdim = false)
            => Native.linalg_norm(input, dims, dims?.Length ?? -1, keepdim);

        public static Tensor vector_norm(Tensor input, double ord = 2d, long[]? dims = null, bool keepdim = false)
            => Native.linalg_vector_norm(input, ord, dims, dims?.Length ?? -1, keepdim);
    }
}
