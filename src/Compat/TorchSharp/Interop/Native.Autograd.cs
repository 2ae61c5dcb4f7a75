using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Gradients.</summary>
internal static partial class Native
{
    [LibraryImport(Library, EntryPoint = "glide_backward")]
    internal static partial int backward(
        ReadOnlySpan<nint> tensors, int count, ReadOnlySpan<nint> gradients, int gradientCount,
        [MarshalAs(UnmanagedType.U1)] bool retainGraph, [MarshalAs(UnmanagedType.U1)] bool createGraph,
        ReadOnlySpan<nint> inputs, int inputCount);

    [LibraryImport(Library, EntryPoint = "glide_autograd_grad")]
    internal static partial int autograd_grad(
        ReadOnlySpan<nint> outputs, int outputCount, ReadOnlySpan<nint> inputs, int inputCount,
        ReadOnlySpan<nint> gradients, int gradientCount, [MarshalAs(UnmanagedType.U1)] bool retainGraph,
        [MarshalAs(UnmanagedType.U1)] bool createGraph, [MarshalAs(UnmanagedType.U1)] bool allowUnused,
        Span<nint> results);
}
