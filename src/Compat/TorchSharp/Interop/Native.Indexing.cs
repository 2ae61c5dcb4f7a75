using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>Elements by position, mask or table.</summary>
internal static partial class Native
{
    [LibraryImport(Library, EntryPoint = "glide_index")]
    internal static partial Tensor index(Tensor self, ReadOnlySpan<NativeIndex> indices, int count);

    [LibraryImport(Library, EntryPoint = "glide_index_put_")]
    internal static partial int index_put_(Tensor self, ReadOnlySpan<NativeIndex> indices, int count, Tensor value);

    [LibraryImport(Library, EntryPoint = "glide_index_put_scalar_")]
    internal static partial int index_put_scalar_(
        Tensor self, ReadOnlySpan<NativeIndex> indices, int count, NativeScalar value);

    [LibraryImport(Library, EntryPoint = "glide_index_put_accumulate_")]
    internal static partial int index_put_accumulate_(
        Tensor self, ReadOnlySpan<nint> indices, int count, Tensor value,
        [MarshalAs(UnmanagedType.U1)] bool accumulate);

    [LibraryImport(Library, EntryPoint = "glide_index_select")]
    internal static partial Tensor index_select(Tensor self, long dim, Tensor index);

    [LibraryImport(Library, EntryPoint = "glide_index_add")]
    internal static partial Tensor index_add(Tensor self, long dim, Tensor index, Tensor source, NativeScalar alpha);

    [LibraryImport(Library, EntryPoint = "glide_index_add_")]
    internal static partial int index_add_(Tensor self, long dim, Tensor index, Tensor source, NativeScalar alpha);

    [LibraryImport(Library, EntryPoint = "glide_index_copy_")]
    internal static partial int index_copy_(Tensor self, long dim, Tensor index, Tensor source);

    [LibraryImport(Library, EntryPoint = "glide_index_fill_")]
    internal static partial int index_fill_(Tensor self, long dim, Tensor index, NativeScalar value);

    [LibraryImport(Library, EntryPoint = "glide_gather")]
    internal static partial Tensor gather(Tensor self, long dim, Tensor index);

    [LibraryImport(Library, EntryPoint = "glide_scatter")]
    internal static partial Tensor scatter(Tensor self, long dim, Tensor index, Tensor source);

    [LibraryImport(Library, EntryPoint = "glide_scatter_")]
    internal static partial int scatter_(Tensor self, long dim, Tensor index, Tensor source);

    [LibraryImport(Library, EntryPoint = "glide_masked_fill")]
    internal static partial Tensor masked_fill(Tensor self, Tensor mask, NativeScalar value);

    [LibraryImport(Library, EntryPoint = "glide_masked_fill_")]
    internal static partial int masked_fill_(Tensor self, Tensor mask, NativeScalar value);

    [LibraryImport(Library, EntryPoint = "glide_masked_select")]
    internal static partial Tensor masked_select(Tensor self, Tensor mask);

    [LibraryImport(Library, EntryPoint = "glide_nonzero")]
    internal static partial Tensor nonzero(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_where")]
    internal static partial Tensor where(Tensor condition, Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_cat")]
    internal static partial Tensor cat(ReadOnlySpan<nint> tensors, int count, long dim);

    [LibraryImport(Library, EntryPoint = "glide_stack")]
    internal static partial Tensor stack(ReadOnlySpan<nint> tensors, int count, long dim);
}
