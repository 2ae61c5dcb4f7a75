using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor[] chunk(long chunks, long dim = 0L)
            => HandleList.Take(Native.chunk(this, chunks, dim, out nint list), list);

        public Tensor[] split(long size, int dim = 0) => HandleList.Take(Native.split(this, size, dim, out nint list), list);

        public Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0)
            => HandleList.Take(Native.split_with_sizes(this, sizes, sizes.Length, dim, out nint list), list);

        public Tensor[] split(long[] sizes, long dim = 0) => split(sizes.AsSpan(), dim);

        /// <summary>Splits the first dimension. Beware: split(3L, 1L) is this one, with the sizes 3 and 1.</summary>
        public Tensor[] split(params long[] sizes) => split(sizes.AsSpan());

        public Tensor[] unbind(long dimension = 0L) => HandleList.Take(Native.unbind(this, dimension, out nint list), list);
    }
}
