using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>What a tensor is: shape, type, place, autograd state, memory.</summary>
internal static partial class Native
{
    [LibraryImport(Library, EntryPoint = "glide_dim")]
    [SuppressGCTransition]
    internal static partial long dim(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_numel")]
    [SuppressGCTransition]
    internal static partial long numel(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_size")]
    [SuppressGCTransition]
    internal static partial long size(Tensor self, long dim);

    [LibraryImport(Library, EntryPoint = "glide_sizes")]
    [SuppressGCTransition]
    internal static partial void sizes(Tensor self, Span<long> destination);

    [LibraryImport(Library, EntryPoint = "glide_strides")]
    [SuppressGCTransition]
    internal static partial void strides(Tensor self, Span<long> destination);

    [LibraryImport(Library, EntryPoint = "glide_dtype")]
    [SuppressGCTransition]
    internal static partial int dtype(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_device_type")]
    [SuppressGCTransition]
    internal static partial int device_type(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_device_index")]
    [SuppressGCTransition]
    internal static partial int device_index(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_element_size")]
    [SuppressGCTransition]
    internal static partial int element_size(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_storage_offset")]
    [SuppressGCTransition]
    internal static partial long storage_offset(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_is_contiguous")]
    [SuppressGCTransition]
    internal static partial int is_contiguous(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_requires_grad")]
    [SuppressGCTransition]
    internal static partial int requires_grad(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_is_leaf")]
    [SuppressGCTransition]
    internal static partial int is_leaf(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_set_requires_grad")]
    internal static partial int set_requires_grad(Tensor self, [MarshalAs(UnmanagedType.U1)] bool value);

    [LibraryImport(Library, EntryPoint = "glide_retain_grad")]
    internal static partial int retain_grad(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_data_ptr")]
    internal static partial int data_ptr(Tensor self, out nint pointer);

    [LibraryImport(Library, EntryPoint = "glide_alias")]
    internal static partial Tensor alias(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_release")]
    internal static partial void release(nint tensor);

    [LibraryImport(Library, EntryPoint = "glide_grad")]
    internal static partial int grad(Tensor self, out nint gradient);

    [LibraryImport(Library, EntryPoint = "glide_set_grad")]
    internal static partial int set_grad(
        Tensor self, [MarshalUsing(typeof(OptionalTensorMarshaller))] Tensor? gradient);
}
