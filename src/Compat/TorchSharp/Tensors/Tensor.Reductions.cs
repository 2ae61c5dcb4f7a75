using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor sum(ScalarType? type = null) => Native.sum(this, Type(type));

        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null)
            => Native.sum_dims(this, dim, dim.Length, keepdim, Type(type));

        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => sum(dim.AsSpan(), keepdim, type);

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => sum([dim], keepdim, type);

        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null)
            => sum([dim0, dim1], keepdim, type);

        public Tensor sum(long dim0, long dim1, long dim2, bool keepdim = false, ScalarType? type = null)
            => sum([dim0, dim1, dim2], keepdim, type);

        public Tensor mean() => Native.mean(this);

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null)
            => Native.mean_dims(this, dimensions, dimensions.Length, keepdim, Type(type));

        public Tensor prod(ScalarType? type = null) => Native.prod(this, Type(type));

        public Tensor prod(long dim, bool keepdim = false, ScalarType? type = null)
            => Native.prod_dim(this, dim, keepdim, Type(type));

        public Tensor std(bool unbiased = true) => Native.std(this, unbiased);

        public Tensor std(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
            => Converted(Native.std_dims(this, dimensions, dimensions.Length, unbiased, keepdim), type);

        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
            => std(dimensions.AsSpan(), unbiased, keepdim, type);

        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
            => std([dim], unbiased, keepdim, type);

        public Tensor var(bool unbiased = true) => Native.var(this, unbiased);

        public Tensor var(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
            => Converted(Native.var_dims(this, dimensions, dimensions.Length, unbiased, keepdim), type);

        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
            => var(dimensions.AsSpan(), unbiased, keepdim, type);

        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
            => var([dim], unbiased, keepdim, type);

        public Tensor norm(float p = 2.0f) => Native.norm(this, p);

        public Tensor norm(int dim, bool keepdim = false, float p = 2.0f) => Native.norm_dim(this, p, dim, keepdim);

        public Tensor logsumexp(long dim, bool keepdim = false) => Native.logsumexp(this, dim, keepdim);

        public Tensor cumsum(long dim, ScalarType? type = null) => Native.cumsum(this, dim, Type(type));

        public Tensor cumprod(long dim, ScalarType? type = null) => Native.cumprod(this, dim, Type(type));

        /// <summary>A dim of -1 means the flattened tensor, as in TorchSharp 0.106.</summary>
        public Tensor quantile(Tensor q, long dim = -1, bool keepdim = false) => Native.quantile(this, q, dim, keepdim);

        public Tensor softmax(long dim, ScalarType? dtype = null) => Native.softmax(this, dim, Type(dtype));

        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Native.log_softmax(this, dim, Type(dtype));

        internal static int Type(ScalarType? type) => type is null ? -1 : (int)type;

        private static Tensor Converted(Tensor tensor, ScalarType? type)
            => type is null ? tensor : tensor.to(type.Value, disposeAfter: true);
    }
}
