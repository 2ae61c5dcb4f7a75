using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>Products and norms.</summary>
internal static partial class Native
{
    [LibraryImport(Library, EntryPoint = "glide_matmul")]
    internal static partial Tensor matmul(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_mm")]
    internal static partial Tensor mm(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_bmm")]
    internal static partial Tensor bmm(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_dot")]
    internal static partial Tensor dot(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_outer")]
    internal static partial Tensor outer(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_addmm")]
    internal static partial Tensor addmm(Tensor self, Tensor mat1, Tensor mat2, NativeScalar beta, NativeScalar alpha);

    [LibraryImport(Library, EntryPoint = "glide_baddbmm")]
    internal static partial Tensor baddbmm(
        Tensor self, Tensor batch1, Tensor batch2, NativeScalar beta, NativeScalar alpha);

    [LibraryImport(Library, EntryPoint = "glide_einsum")]
    internal static partial Tensor einsum(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string equation, ReadOnlySpan<nint> tensors, int count);

    [LibraryImport(Library, EntryPoint = "glide_linalg_norm")]
    internal static partial Tensor linalg_norm(
        Tensor self, ReadOnlySpan<long> dims, int count, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library, EntryPoint = "glide_linalg_vector_norm")]
    internal static partial Tensor linalg_vector_norm(
        Tensor self, double ord, ReadOnlySpan<long> dims, int count, [MarshalAs(UnmanagedType.U1)] bool keepdim);
}
