using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>Element-wise operations on one tensor.</summary>
internal static partial class Native
{
    [LibraryImport(Library, EntryPoint = "glide_abs")]
    internal static partial Tensor abs(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_abs_")]
    internal static partial int abs_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_exp")]
    internal static partial Tensor exp(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_exp_")]
    internal static partial int exp_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_expm1")]
    internal static partial Tensor expm1(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_expm1_")]
    internal static partial int expm1_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_log")]
    internal static partial Tensor log(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_log_")]
    internal static partial int log_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_log1p")]
    internal static partial Tensor log1p(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_log1p_")]
    internal static partial int log1p_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_log2")]
    internal static partial Tensor log2(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_log2_")]
    internal static partial int log2_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_log10")]
    internal static partial Tensor log10(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_log10_")]
    internal static partial int log10_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_sqrt")]
    internal static partial Tensor sqrt(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_sqrt_")]
    internal static partial int sqrt_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_rsqrt")]
    internal static partial Tensor rsqrt(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_rsqrt_")]
    internal static partial int rsqrt_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_sin")]
    internal static partial Tensor sin(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_sin_")]
    internal static partial int sin_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_cos")]
    internal static partial Tensor cos(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_cos_")]
    internal static partial int cos_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_tan")]
    internal static partial Tensor tan(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_tan_")]
    internal static partial int tan_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_asin")]
    internal static partial Tensor asin(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_asin_")]
    internal static partial int asin_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_acos")]
    internal static partial Tensor acos(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_acos_")]
    internal static partial int acos_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_atan")]
    internal static partial Tensor atan(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_atan_")]
    internal static partial int atan_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_sinh")]
    internal static partial Tensor sinh(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_sinh_")]
    internal static partial int sinh_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_cosh")]
    internal static partial Tensor cosh(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_cosh_")]
    internal static partial int cosh_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_tanh")]
    internal static partial Tensor tanh(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_tanh_")]
    internal static partial int tanh_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_sigmoid")]
    internal static partial Tensor sigmoid(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_sigmoid_")]
    internal static partial int sigmoid_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_neg")]
    internal static partial Tensor neg(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_neg_")]
    internal static partial int neg_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_reciprocal")]
    internal static partial Tensor reciprocal(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_reciprocal_")]
    internal static partial int reciprocal_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_floor")]
    internal static partial Tensor floor(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_floor_")]
    internal static partial int floor_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_ceil")]
    internal static partial Tensor ceil(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_ceil_")]
    internal static partial int ceil_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_trunc")]
    internal static partial Tensor trunc(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_trunc_")]
    internal static partial int trunc_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_sign")]
    internal static partial Tensor sign(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_sign_")]
    internal static partial int sign_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_erf")]
    internal static partial Tensor erf(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_erf_")]
    internal static partial int erf_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_erfinv")]
    internal static partial Tensor erfinv(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_erfinv_")]
    internal static partial int erfinv_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_relu")]
    internal static partial Tensor relu(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_relu_")]
    internal static partial int relu_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_silu")]
    internal static partial Tensor silu(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_silu_")]
    internal static partial int silu_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_logical_not")]
    internal static partial Tensor logical_not(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_logical_not_")]
    internal static partial int logical_not_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_bitwise_not")]
    internal static partial Tensor bitwise_not(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_bitwise_not_")]
    internal static partial int bitwise_not_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_square")]
    internal static partial Tensor square(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_isnan")]
    internal static partial Tensor isnan(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_isinf")]
    internal static partial Tensor isinf(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_isfinite")]
    internal static partial Tensor isfinite(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_gelu")]
    internal static partial Tensor gelu(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_round")]
    internal static partial Tensor round(Tensor self, long decimals);

    [LibraryImport(Library, EntryPoint = "glide_round_")]
    internal static partial int round_(Tensor self, long decimals);

    [LibraryImport(Library, EntryPoint = "glide_gelu_")]
    internal static partial int gelu_(Tensor self);
}
