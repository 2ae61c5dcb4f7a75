using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>Sums, means, extremes, orders.</summary>
internal static partial class Native
{
    [LibraryImport(Library, EntryPoint = "glide_sum")]
    internal static partial Tensor sum(Tensor self, int dtype);

    [LibraryImport(Library, EntryPoint = "glide_sum_dims")]
    internal static partial Tensor sum_dims(
        Tensor self, ReadOnlySpan<long> dims, int count, [MarshalAs(UnmanagedType.U1)] bool keepdim, int dtype);

    [LibraryImport(Library, EntryPoint = "glide_mean")]
    internal static partial Tensor mean(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_mean_dims")]
    internal static partial Tensor mean_dims(
        Tensor self, ReadOnlySpan<long> dims, int count, [MarshalAs(UnmanagedType.U1)] bool keepdim, int dtype);

    [LibraryImport(Library, EntryPoint = "glide_prod")]
    internal static partial Tensor prod(Tensor self, int dtype);

    [LibraryImport(Library, EntryPoint = "glide_prod_dim")]
    internal static partial Tensor prod_dim(
        Tensor self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, int dtype);

    [LibraryImport(Library, EntryPoint = "glide_std")]
    internal static partial Tensor std(Tensor self, [MarshalAs(UnmanagedType.U1)] bool unbiased);

    [LibraryImport(Library, EntryPoint = "glide_std_dims")]
    internal static partial Tensor std_dims(
        Tensor self, ReadOnlySpan<long> dims, int count, [MarshalAs(UnmanagedType.U1)] bool unbiased,
        [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library, EntryPoint = "glide_var")]
    internal static partial Tensor var(Tensor self, [MarshalAs(UnmanagedType.U1)] bool unbiased);

    [LibraryImport(Library, EntryPoint = "glide_var_dims")]
    internal static partial Tensor var_dims(
        Tensor self, ReadOnlySpan<long> dims, int count, [MarshalAs(UnmanagedType.U1)] bool unbiased,
        [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library, EntryPoint = "glide_max")]
    internal static partial Tensor max(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_min")]
    internal static partial Tensor min(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_median")]
    internal static partial Tensor median(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_max_dim")]
    internal static partial int max_dim(
        Tensor self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, out nint values, out nint indices);

    [LibraryImport(Library, EntryPoint = "glide_min_dim")]
    internal static partial int min_dim(
        Tensor self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, out nint values, out nint indices);

    [LibraryImport(Library, EntryPoint = "glide_amax")]
    internal static partial Tensor amax(
        Tensor self, ReadOnlySpan<long> dims, int count, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library, EntryPoint = "glide_amin")]
    internal static partial Tensor amin(
        Tensor self, ReadOnlySpan<long> dims, int count, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library, EntryPoint = "glide_argmax")]
    internal static partial Tensor argmax(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_argmax_dim")]
    internal static partial Tensor argmax_dim(Tensor self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library, EntryPoint = "glide_argmin")]
    internal static partial Tensor argmin(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_argmin_dim")]
    internal static partial Tensor argmin_dim(Tensor self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library, EntryPoint = "glide_argsort")]
    internal static partial Tensor argsort(Tensor self, long dim, [MarshalAs(UnmanagedType.U1)] bool descending);

    [LibraryImport(Library, EntryPoint = "glide_all")]
    internal static partial Tensor all(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_all_dim")]
    internal static partial Tensor all_dim(Tensor self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library, EntryPoint = "glide_any")]
    internal static partial Tensor any(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_any_dim")]
    internal static partial Tensor any_dim(Tensor self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library, EntryPoint = "glide_norm")]
    internal static partial Tensor norm(Tensor self, double p);

    [LibraryImport(Library, EntryPoint = "glide_norm_dim")]
    internal static partial Tensor norm_dim(
        Tensor self, double p, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library, EntryPoint = "glide_logsumexp")]
    internal static partial Tensor logsumexp(Tensor self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library, EntryPoint = "glide_cumsum")]
    internal static partial Tensor cumsum(Tensor self, long dim, int dtype);

    [LibraryImport(Library, EntryPoint = "glide_cumprod")]
    internal static partial Tensor cumprod(Tensor self, long dim, int dtype);

    [LibraryImport(Library, EntryPoint = "glide_quantile")]
    internal static partial Tensor quantile(
        Tensor self, Tensor q, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library, EntryPoint = "glide_sort")]
    internal static partial int sort(
        Tensor self, long dim, [MarshalAs(UnmanagedType.U1)] bool descending, [MarshalAs(UnmanagedType.U1)] bool stable,
        out nint values, out nint indices);

    [LibraryImport(Library, EntryPoint = "glide_topk")]
    internal static partial int topk(
        Tensor self, int k, int dim, [MarshalAs(UnmanagedType.U1)] bool largest,
        [MarshalAs(UnmanagedType.U1)] bool sorted, out nint values, out nint indices);
}
