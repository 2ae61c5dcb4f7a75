using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>Copies between types, devices and memory.</summary>
internal static partial class Native
{
    [LibraryImport(Library, EntryPoint = "glide_to")]
    internal static partial Tensor to(
        Tensor self, int dtype, int deviceType, int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool copy,
        [MarshalAs(UnmanagedType.U1)] bool nonBlocking);

    [LibraryImport(Library, EntryPoint = "glide_contiguous")]
    internal static partial Tensor contiguous(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_clone")]
    internal static partial Tensor clone(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_detach")]
    internal static partial Tensor detach(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_detach_")]
    internal static partial int detach_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_copy_")]
    internal static partial int copy_(Tensor self, Tensor source, [MarshalAs(UnmanagedType.U1)] bool nonBlocking);

    [LibraryImport(Library, EntryPoint = "glide_set_")]
    internal static partial int set_(Tensor self, Tensor source);

    [LibraryImport(Library, EntryPoint = "glide_pin_memory")]
    internal static partial Tensor pin_memory(Tensor self);
}
