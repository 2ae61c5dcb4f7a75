using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor T => transpose(0, 1);

        public Tensor reshape(params long[] shape) => Native.reshape(this, shape, shape.Length);

        public Tensor view(params long[] shape) => Native.view(this, shape, shape.Length);

        public Tensor view_as(Tensor other) => view(other.shape);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Native.flatten(this, start_dim, end_dim);

        public Tensor ravel() => flatten();

        public Tensor unflatten(long dim, params long[] sizes) => Native.unflatten(this, dim, sizes, sizes.Length);

        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false)
            => Native.expand(this, sizes, sizes.Length, isImplicit);

        public Tensor expand(long[] sizes, bool isImplicit = false) => expand(sizes.AsSpan(), isImplicit);

        public Tensor expand(params long[] sizes) => expand(sizes.AsSpan());

        public Tensor expand_as(Tensor other) => expand(other.shape.AsSpan());

        public Tensor broadcast_to(params long[] shape) => expand(shape.AsSpan());

        public Tensor repeat(params long[] sizes) => Native.repeat(this, sizes, sizes.Length);

        public Tensor permute(params long[] permutation) => Native.permute(this, permutation, permutation.Length);

        public Tensor permute(IEnumerable<long> permutation) => permute([.. permutation]);

        public Tensor transpose(long dim0, long dim1) => Native.transpose(this, dim0, dim1);

        public Tensor swapdims(long dim0, long dim1) => transpose(dim0, dim1);

        public Tensor swapaxes(long dim0, long dim1) => transpose(dim0, dim1);

        public Tensor t() => dim() < 2 ? alias() : transpose(0, 1);

        public Tensor unsqueeze(long dim) => Native.unsqueeze(this, dim);

        public Tensor squeeze(long? dim = null) => dim is null ? Native.squeeze(this) : Native.squeeze_dim(this, dim.Value);

        public Tensor flip(params long[] dims) => Native.flip(this, dims, dims.Length);

        public Tensor roll(long shifts, long? dims = null) => dims is null ? Roll([shifts], []) : Roll([shifts], [dims.Value]);

        public Tensor roll(long[] shifts, long[] dims) => Roll(shifts, dims);

        public Tensor roll(ReadOnlySpan<long> shifts, ReadOnlySpan<long> dims = default) => Roll(shifts, dims);

        private Tensor Roll(ReadOnlySpan<long> shifts, ReadOnlySpan<long> dims)
            => Native.roll(this, shifts, shifts.Length, dims, dims.Length);

        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0L)
            => Native.as_strided(this, size, strides, size.Length, storageOffset);

        public Tensor select(long dim, long index) => Native.select(this, dim, index);

        public Tensor narrow(long dim, long start, long length) => Native.narrow(this, dim, start, length);

        public Tensor slice(long dim, long start, long finish, long step) => Native.slice(this, dim, start, finish, step);

        public Tensor diagonal(long offset = 0L, long dim1 = 0L, long dim2 = 1L) => Native.diagonal(this, offset, dim1, dim2);

        public Tensor tril(long diagonal = 0) => Native.tril(this, diagonal);

        public Tensor triu(long diagonal = 0) => Native.triu(this, diagonal);
    }
}
