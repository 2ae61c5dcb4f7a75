using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>Element-wise operations on several tensors, and those that fill one.</summary>
internal static partial class Native
{
    [LibraryImport(Library, EntryPoint = "glide_add")]
    internal static partial Tensor add(Tensor self, Tensor other, NativeScalar alpha);

    [LibraryImport(Library, EntryPoint = "glide_add_")]
    internal static partial int add_(Tensor self, Tensor other, NativeScalar alpha);

    [LibraryImport(Library, EntryPoint = "glide_add_scalar")]
    internal static partial Tensor add_scalar(Tensor self, NativeScalar other, NativeScalar alpha);

    [LibraryImport(Library, EntryPoint = "glide_add_scalar_")]
    internal static partial int add_scalar_(Tensor self, NativeScalar other, NativeScalar alpha);

    [LibraryImport(Library, EntryPoint = "glide_div")]
    internal static partial Tensor div(Tensor self, Tensor other, int rounding);

    [LibraryImport(Library, EntryPoint = "glide_div_")]
    internal static partial int div_(Tensor self, Tensor other, int rounding);

    [LibraryImport(Library, EntryPoint = "glide_div_scalar")]
    internal static partial Tensor div_scalar(Tensor self, NativeScalar other, int rounding);

    [LibraryImport(Library, EntryPoint = "glide_div_scalar_")]
    internal static partial int div_scalar_(Tensor self, NativeScalar other, int rounding);

    [LibraryImport(Library, EntryPoint = "glide_sub")]
    internal static partial Tensor sub(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_mul")]
    internal static partial Tensor mul(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_pow")]
    internal static partial Tensor pow(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_maximum")]
    internal static partial Tensor maximum(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_minimum")]
    internal static partial Tensor minimum(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_eq")]
    internal static partial Tensor eq(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_ne")]
    internal static partial Tensor ne(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_lt")]
    internal static partial Tensor lt(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_le")]
    internal static partial Tensor le(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_gt")]
    internal static partial Tensor gt(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_ge")]
    internal static partial Tensor ge(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_logical_and")]
    internal static partial Tensor logical_and(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_logical_or")]
    internal static partial Tensor logical_or(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_bitwise_and")]
    internal static partial Tensor bitwise_and(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_bitwise_or")]
    internal static partial Tensor bitwise_or(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_bitwise_xor")]
    internal static partial Tensor bitwise_xor(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_remainder")]
    internal static partial Tensor remainder(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_fmod")]
    internal static partial Tensor fmod(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_floor_divide")]
    internal static partial Tensor floor_divide(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_atan2")]
    internal static partial Tensor atan2(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_sub_")]
    internal static partial int sub_(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_mul_")]
    internal static partial int mul_(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_pow_")]
    internal static partial int pow_(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_logical_and_")]
    internal static partial int logical_and_(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_logical_or_")]
    internal static partial int logical_or_(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_bitwise_and_")]
    internal static partial int bitwise_and_(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_bitwise_or_")]
    internal static partial int bitwise_or_(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_bitwise_xor_")]
    internal static partial int bitwise_xor_(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_remainder_")]
    internal static partial int remainder_(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_fmod_")]
    internal static partial int fmod_(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_floor_divide_")]
    internal static partial int floor_divide_(Tensor self, Tensor other);

    [LibraryImport(Library, EntryPoint = "glide_sub_scalar")]
    internal static partial Tensor sub_scalar(Tensor self, NativeScalar other);

    [LibraryImport(Library, EntryPoint = "glide_mul_scalar")]
    internal static partial Tensor mul_scalar(Tensor self, NativeScalar other);

    [LibraryImport(Library, EntryPoint = "glide_pow_scalar")]
    internal static partial Tensor pow_scalar(Tensor self, NativeScalar other);

    [LibraryImport(Library, EntryPoint = "glide_eq_scalar")]
    internal static partial Tensor eq_scalar(Tensor self, NativeScalar other);

    [LibraryImport(Library, EntryPoint = "glide_ne_scalar")]
    internal static partial Tensor ne_scalar(Tensor self, NativeScalar other);

    [LibraryImport(Library, EntryPoint = "glide_lt_scalar")]
    internal static partial Tensor lt_scalar(Tensor self, NativeScalar other);

    [LibraryImport(Library, EntryPoint = "glide_le_scalar")]
    internal static partial Tensor le_scalar(Tensor self, NativeScalar other);

    [LibraryImport(Library, EntryPoint = "glide_gt_scalar")]
    internal static partial Tensor gt_scalar(Tensor self, NativeScalar other);

    [LibraryImport(Library, EntryPoint = "glide_ge_scalar")]
    internal static partial Tensor ge_scalar(Tensor self, NativeScalar other);

    [LibraryImport(Library, EntryPoint = "glide_remainder_scalar")]
    internal static partial Tensor remainder_scalar(Tensor self, NativeScalar other);

    [LibraryImport(Library, EntryPoint = "glide_fmod_scalar")]
    internal static partial Tensor fmod_scalar(Tensor self, NativeScalar other);

    [LibraryImport(Library, EntryPoint = "glide_floor_divide_scalar")]
    internal static partial Tensor floor_divide_scalar(Tensor self, NativeScalar other);

    [LibraryImport(Library, EntryPoint = "glide_sub_scalar_")]
    internal static partial int sub_scalar_(Tensor self, NativeScalar other);

    [LibraryImport(Library, EntryPoint = "glide_mul_scalar_")]
    internal static partial int mul_scalar_(Tensor self, NativeScalar other);

    [LibraryImport(Library, EntryPoint = "glide_pow_scalar_")]
    internal static partial int pow_scalar_(Tensor self, NativeScalar other);

    [LibraryImport(Library, EntryPoint = "glide_remainder_scalar_")]
    internal static partial int remainder_scalar_(Tensor self, NativeScalar other);

    [LibraryImport(Library, EntryPoint = "glide_fmod_scalar_")]
    internal static partial int fmod_scalar_(Tensor self, NativeScalar other);

    [LibraryImport(Library, EntryPoint = "glide_floor_divide_scalar_")]
    internal static partial int floor_divide_scalar_(Tensor self, NativeScalar other);

    [LibraryImport(Library, EntryPoint = "glide_addcmul")]
    internal static partial Tensor addcmul(Tensor self, Tensor tensor1, Tensor tensor2, NativeScalar value);

    [LibraryImport(Library, EntryPoint = "glide_addcmul_")]
    internal static partial int addcmul_(Tensor self, Tensor tensor1, Tensor tensor2, NativeScalar value);

    [LibraryImport(Library, EntryPoint = "glide_addcdiv")]
    internal static partial Tensor addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, NativeScalar value);

    [LibraryImport(Library, EntryPoint = "glide_addcdiv_")]
    internal static partial int addcdiv_(Tensor self, Tensor tensor1, Tensor tensor2, NativeScalar value);

    [LibraryImport(Library, EntryPoint = "glide_lerp")]
    internal static partial Tensor lerp(Tensor self, Tensor end, Tensor weight);

    [LibraryImport(Library, EntryPoint = "glide_lerp_")]
    internal static partial int lerp_(Tensor self, Tensor end, Tensor weight);

    [LibraryImport(Library, EntryPoint = "glide_clamp")]
    internal static partial Tensor clamp(Tensor self, NativeScalar min, NativeScalar max);

    [LibraryImport(Library, EntryPoint = "glide_clamp_")]
    internal static partial int clamp_(Tensor self, NativeScalar min, NativeScalar max);

    [LibraryImport(Library, EntryPoint = "glide_clamp_tensor")]
    internal static partial Tensor clamp_tensor(
        Tensor self, [MarshalUsing(typeof(OptionalTensorMarshaller))] Tensor? min,
        [MarshalUsing(typeof(OptionalTensorMarshaller))] Tensor? max);

    [LibraryImport(Library, EntryPoint = "glide_clamp_tensor_")]
    internal static partial int clamp_tensor_(
        Tensor self, [MarshalUsing(typeof(OptionalTensorMarshaller))] Tensor? min,
        [MarshalUsing(typeof(OptionalTensorMarshaller))] Tensor? max);

    [LibraryImport(Library, EntryPoint = "glide_nan_to_num")]
    internal static partial Tensor nan_to_num(
        Tensor self, double nan, [MarshalAs(UnmanagedType.U1)] bool hasPositive, double positive,
        [MarshalAs(UnmanagedType.U1)] bool hasNegative, double negative);

    [LibraryImport(Library, EntryPoint = "glide_fill_")]
    internal static partial int fill_(Tensor self, NativeScalar value);

    [LibraryImport(Library, EntryPoint = "glide_zero_")]
    internal static partial int zero_(Tensor self);

    [LibraryImport(Library, EntryPoint = "glide_normal_")]
    internal static partial int normal_(Tensor self, double mean, double std, nint generator);

    [LibraryImport(Library, EntryPoint = "glide_uniform_")]
    internal static partial int uniform_(Tensor self, double from, double to, nint generator);

    [LibraryImport(Library, EntryPoint = "glide_bernoulli_")]
    internal static partial int bernoulli_(Tensor self, double p, nint generator);

    [LibraryImport(Library, EntryPoint = "glide_random_")]
    internal static partial int random_(Tensor self, long from, long to, nint generator);

    [LibraryImport(Library, EntryPoint = "glide_isclose")]
    internal static partial Tensor isclose(
        Tensor self, Tensor other, double rtol, double atol, [MarshalAs(UnmanagedType.U1)] bool equalNan);

    [LibraryImport(Library, EntryPoint = "glide_allclose")]
    internal static partial int allclose(
        Tensor self, Tensor other, double rtol, double atol, [MarshalAs(UnmanagedType.U1)] bool equalNan,
        out int result);

    [LibraryImport(Library, EntryPoint = "glide_equal")]
    internal static partial int equal(Tensor self, Tensor other, out int result);
}
