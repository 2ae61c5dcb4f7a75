using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>Tensors from nothing or from memory of ours. A type of -1 takes the default of the operation.</summary>
internal static partial class Native
{
    [LibraryImport(Library, EntryPoint = "glide_empty")]
    internal static partial Tensor empty(
        ReadOnlySpan<long> sizes, int count, int dtype, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library, EntryPoint = "glide_empty_strided")]
    internal static partial Tensor empty_strided(
        ReadOnlySpan<long> sizes, ReadOnlySpan<long> strides, int count, int dtype, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library, EntryPoint = "glide_zeros")]
    internal static partial Tensor zeros(
        ReadOnlySpan<long> sizes, int count, int dtype, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library, EntryPoint = "glide_ones")]
    internal static partial Tensor ones(
        ReadOnlySpan<long> sizes, int count, int dtype, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library, EntryPoint = "glide_full")]
    internal static partial Tensor full(
        ReadOnlySpan<long> sizes, int count, NativeScalar value, int dtype, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library, EntryPoint = "glide_empty_like")]
    internal static partial Tensor empty_like(
        Tensor self, int dtype, int deviceType, int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library, EntryPoint = "glide_zeros_like")]
    internal static partial Tensor zeros_like(
        Tensor self, int dtype, int deviceType, int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library, EntryPoint = "glide_ones_like")]
    internal static partial Tensor ones_like(
        Tensor self, int dtype, int deviceType, int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library, EntryPoint = "glide_full_like")]
    internal static partial Tensor full_like(
        Tensor self, NativeScalar value, int dtype, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library, EntryPoint = "glide_arange")]
    internal static partial Tensor arange(
        NativeScalar start, NativeScalar stop, NativeScalar step, int dtype, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library, EntryPoint = "glide_linspace")]
    internal static partial Tensor linspace(
        double start, double end, long steps, int dtype, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library, EntryPoint = "glide_eye")]
    internal static partial Tensor eye(
        long rows, long columns, int dtype, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library, EntryPoint = "glide_rand")]
    internal static partial Tensor rand(
        ReadOnlySpan<long> sizes, int count, nint generator, int dtype, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library, EntryPoint = "glide_randn")]
    internal static partial Tensor randn(
        ReadOnlySpan<long> sizes, int count, nint generator, int dtype, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library, EntryPoint = "glide_randint")]
    internal static partial Tensor randint(
        long low, long high, ReadOnlySpan<long> sizes, int count, nint generator, int dtype, int deviceType,
        int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library, EntryPoint = "glide_randperm")]
    internal static partial Tensor randperm(
        long n, nint generator, int dtype, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library, EntryPoint = "glide_rand_like")]
    internal static partial Tensor rand_like(
        Tensor self, int dtype, int deviceType, int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library, EntryPoint = "glide_randn_like")]
    internal static partial Tensor randn_like(
        Tensor self, int dtype, int deviceType, int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool requiresGrad);
}
