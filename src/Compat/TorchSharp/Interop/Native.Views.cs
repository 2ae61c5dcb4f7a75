using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>The same elements in another shape.</summary>
internal static partial class Native
{
    [LibraryImport(Library, EntryPoint = "glide_reshape")]
    internal static partial Tensor reshape(Tensor self, ReadOnlySpan<long> shape, int count);

    [LibraryImport(Library, EntryPoint = "glide_view")]
    internal static partial Tensor view(Tensor self, ReadOnlySpan<long> shape, int count);

    [LibraryImport(Library, EntryPoint = "glide_expand")]
    internal static partial Tensor expand(
        Tensor self, ReadOnlySpan<long> sizes, int count, [MarshalAs(UnmanagedType.U1)] bool isImplicit);

    [LibraryImport(Library, EntryPoint = "glide_repeat")]
    internal static partial Tensor repeat(Tensor self, ReadOnlySpan<long> sizes, int count);

    [LibraryImport(Library, EntryPoint = "glide_permute")]
    internal static partial Tensor permute(Tensor self, ReadOnlySpan<long> order, int count);

    [LibraryImport(Library, EntryPoint = "glide_flip")]
    internal static partial Tensor flip(Tensor self, ReadOnlySpan<long> dims, int count);

    [LibraryImport(Library, EntryPoint = "glide_roll")]
    internal static partial Tensor roll(
        Tensor self, ReadOnlySpan<long> shifts, int shiftCount, ReadOnlySpan<long> dims, int count);

    [LibraryImport(Library, EntryPoint = "glide_as_strided")]
    internal static partial Tensor as_strided(
        Tensor self, ReadOnlySpan<long> sizes, ReadOnlySpan<long> strides, int count, long offset);

    [LibraryImport(Library, EntryPoint = "glide_transpose")]
    internal static partial Tensor transpose(Tensor self, long dim0, long dim1);

    [LibraryImport(Library, EntryPoint = "glide_flatten")]
    internal static partial Tensor flatten(Tensor self, long start, long end);

    [LibraryImport(Library, EntryPoint = "glide_unflatten")]
    internal static partial Tensor unflatten(Tensor self, long dim, ReadOnlySpan<long> sizes, int count);

    [LibraryImport(Library, EntryPoint = "glide_unsqueeze")]
    internal static partial Tensor unsqueeze(Tensor self, long dim);

    [LibraryImport(Library, EntryPoint = "glide_squeeze")]
    internal static partial Tensor squeeze(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_squeeze_dim")]
    internal static partial Tensor squeeze_dim(Tensor self, long dim);

    [LibraryImport(Library, EntryPoint = "glide_select")]
    internal static partial Tensor select(Tensor self, long dim, long index);

    [LibraryImport(Library, EntryPoint = "glide_narrow")]
    internal static partial Tensor narrow(Tensor self, long dim, long start, long length);

    [LibraryImport(Library, EntryPoint = "glide_slice")]
    internal static partial Tensor slice(Tensor self, long dim, long start, long finish, long step);

    [LibraryImport(Library, EntryPoint = "glide_diagonal")]
    internal static partial Tensor diagonal(Tensor self, long offset, long dim1, long dim2);

    [LibraryImport(Library, EntryPoint = "glide_tril")]
    internal static partial Tensor tril(Tensor self, long diagonal);

    [LibraryImport(Library, EntryPoint = "glide_triu")]
    internal static partial Tensor triu(Tensor self, long diagonal);

    [LibraryImport(Library, EntryPoint = "glide_chunk")]
    internal static partial int chunk(Tensor self, long chunks, long dim, out nint list);

    [LibraryImport(Library, EntryPoint = "glide_split")]
    internal static partial int split(Tensor self, long size, long dim, out nint list);

    [LibraryImport(Library, EntryPoint = "glide_split_with_sizes")]
    internal static partial int split_with_sizes(
        Tensor self, ReadOnlySpan<long> sizes, int count, long dim, out nint list);

    [LibraryImport(Library, EntryPoint = "glide_unbind")]
    internal static partial int unbind(Tensor self, long dim, out nint list);

    [LibraryImport(Library, EntryPoint = "glide_list_size")]
    internal static partial int list_size(nint list);

    [LibraryImport(Library, EntryPoint = "glide_list_take")]
    internal static partial void list_take(nint list, Span<nint> handles);
}
