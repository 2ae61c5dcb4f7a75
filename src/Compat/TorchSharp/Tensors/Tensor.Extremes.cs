using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor max() => Native.max(this);

        public Tensor max(Tensor other) => maximum(other);

        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false)
        {
            Native.Check(Native.max_dim(this, dim, keepdim, out nint values, out nint indices));
            return (Native.Take(values), Native.Take(indices));
        }

        public Tensor min() => Native.min(this);

        public Tensor min(Tensor other) => minimum(other);

        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false)
        {
            Native.Check(Native.min_dim(this, dim, keepdim, out nint values, out nint indices));
            return (Native.Take(values), Native.Take(indices));
        }

        public Tensor median() => Native.median(this);

        public Tensor amax(params long[] dims) => Native.amax(this, dims, dims.Length, false);

        public Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null) => amax(dims.AsSpan(), keepdim, @out);

        public Tensor amax(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null)
            => Into(Native.amax(this, dims, dims.Length, keepdim), @out);

        public Tensor amin(params long[] dims) => Native.amin(this, dims, dims.Length, false);

        public Tensor amin(long[] dims, bool keepdim = false, Tensor? @out = null) => amin(dims.AsSpan(), keepdim, @out);

        public Tensor amin(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null)
            => Into(Native.amin(this, dims, dims.Length, keepdim), @out);

        public Tensor argmax() => Native.argmax(this);

        public Tensor argmax(long dim, bool keepdim = false) => Native.argmax_dim(this, dim, keepdim);

        public Tensor argmin() => Native.argmin(this);

        public Tensor argmin(long dim, bool keepdim = false) => Native.argmin_dim(this, dim, keepdim);

        public Tensor all() => Native.all(this);

        public Tensor all(long dim, bool keepdim = false) => Native.all_dim(this, dim, keepdim);

        public Tensor any() => Native.any(this);

        public Tensor any(long dim, bool keepdim = false) => Native.any_dim(this, dim, keepdim);

        public Tensor argsort(long dim = -1, bool descending = false) => Native.argsort(this, dim, descending);

        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false)
        {
            Native.Check(Native.sort(this, dim, descending, stable, out nint values, out nint indices));
            return (Native.Take(values), Native.Take(indices));
        }

        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true)
        {
            Native.Check(Native.topk(this, k, dim, largest, sorted, out nint values, out nint indices));
            return (Native.Take(values), Native.Take(indices));
        }

        private static Tensor Into(Tensor result, Tensor? @out)
        {
            if (@out is null)
                return result;
            @out.copy_(result);
            result.Dispose();
            return @out;
        }
    }
}
