using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor add(Tensor target) => Native.add(this, target, 1L);

        public Tensor add(Tensor target, Scalar alpha) => Native.add(this, target, alpha);

        public Tensor add(Scalar scalar) => Native.add_scalar(this, scalar, 1L);

        public Tensor add(Scalar scalar, Scalar alpha) => Native.add_scalar(this, scalar, alpha);

        public Tensor add_(Tensor target) => Done(Native.add_(this, target, 1L));

        public Tensor add_(Tensor target, Scalar alpha) => Done(Native.add_(this, target, alpha));

        public Tensor add_(Scalar scalar) => Done(Native.add_scalar_(this, scalar, 1L));

        public Tensor add_(Scalar scalar, Scalar alpha) => Done(Native.add_scalar_(this, scalar, alpha));

        public Tensor sub(Tensor target) => Native.sub(this, target);

        public Tensor sub(Scalar target) => Native.sub_scalar(this, target);

        public Tensor sub_(Tensor target) => Done(Native.sub_(this, target));

        public Tensor sub_(Scalar target) => Done(Native.sub_scalar_(this, target));

        public Tensor subtract(Tensor target) => sub(target);

        public Tensor subtract(Scalar target) => sub(target);

        public Tensor mul(Tensor target) => Native.mul(this, target);

        public Tensor mul(Scalar target) => Native.mul_scalar(this, target);

        public Tensor mul_(Tensor target) => Done(Native.mul_(this, target));

        public Tensor mul_(Scalar target) => Done(Native.mul_scalar_(this, target));

        public Tensor multiply(Tensor target) => mul(target);

        public Tensor multiply(Scalar target) => mul(target);

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None)
            => Native.div(this, target, (int)rounding_mode);

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None)
            => Native.div_scalar(this, target, (int)rounding_mode);

        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None)
            => Done(Native.div_(this, target, (int)rounding_mode));

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None)
            => Done(Native.div_scalar_(this, target, (int)rounding_mode));

        public Tensor divide(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);

        public Tensor divide(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);

        public Tensor pow(Tensor exponent) => Native.pow(this, exponent);

        public Tensor pow(Scalar exponent) => Native.pow_scalar(this, exponent);

        public Tensor pow_(Tensor exponent) => Done(Native.pow_(this, exponent));

        public Tensor pow_(Scalar exponent) => Done(Native.pow_scalar_(this, exponent));

        public Tensor remainder(Tensor target) => Native.remainder(this, target);

        public Tensor remainder(Scalar scalar) => Native.remainder_scalar(this, scalar);

        public Tensor remainder_(Tensor target) => Done(Native.remainder_(this, target));

        public Tensor remainder_(Scalar scalar) => Done(Native.remainder_scalar_(this, scalar));

        public Tensor fmod(Tensor target) => Native.fmod(this, target);

        public Tensor fmod(Scalar scalar) => Native.fmod_scalar(this, scalar);

        public Tensor fmod_(Tensor target) => Done(Native.fmod_(this, target));

        public Tensor fmod_(Scalar scalar) => Done(Native.fmod_scalar_(this, scalar));

        public Tensor floor_divide(Tensor other) => Native.floor_divide(this, other);

        public Tensor floor_divide(Scalar other) => Native.floor_divide_scalar(this, other);

        public Tensor floor_divide_(Tensor other) => Done(Native.floor_divide_(this, other));

        public Tensor floor_divide_(Scalar other) => Done(Native.floor_divide_scalar_(this, other));

        public Tensor maximum(Tensor other) => Native.maximum(this, other);

        public Tensor minimum(Tensor other) => Native.minimum(this, other);

        public Tensor atan2(Tensor other) => Native.atan2(this, other);

        public Tensor logical_and(Tensor other) => Native.logical_and(this, other);

        public Tensor logical_and_(Tensor other) => Done(Native.logical_and_(this, other));

        public Tensor logical_or(Tensor other) => Native.logical_or(this, other);

        public Tensor logical_or_(Tensor other) => Done(Native.logical_or_(this, other));

        public Tensor bitwise_and(Tensor other) => Native.bitwise_and(this, other);

        public Tensor bitwise_and_(Tensor other) => Done(Native.bitwise_and_(this, other));

        public Tensor bitwise_or(Tensor other) => Native.bitwise_or(this, other);

        public Tensor bitwise_or_(Tensor other) => Done(Native.bitwise_or_(this, other));

        public Tensor bitwise_xor(Tensor other) => Native.bitwise_xor(this, other);

        public Tensor bitwise_xor_(Tensor other) => Done(Native.bitwise_xor_(this, other));

        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) => Native.addcmul(this, tensor1, tensor2, value);

        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value)
            => Done(Native.addcmul_(this, tensor1, tensor2, value));

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) => Native.addcdiv(this, tensor1, tensor2, value);

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) => Native.addcdiv(this, tensor1, tensor2, 1L);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value)
            => Done(Native.addcdiv_(this, tensor1, tensor2, value));

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => Done(Native.addcdiv_(this, tensor1, tensor2, 1L));

        public Tensor lerp(Tensor end, Tensor weight) => Native.lerp(this, end, weight);

        public Tensor lerp_(Tensor end, Tensor weight) => Done(Native.lerp_(this, end, weight));

        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Native.clamp(this, min, max);

        public Tensor clamp(Tensor? min = null, Tensor? max = null) => Native.clamp_tensor(this, min, max);

        public Tensor clip(Scalar? min = null, Scalar? max = null) => clamp(min, max);

        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => Done(Native.clamp_(this, min, max));

        public Tensor clamp_(Tensor? min = null, Tensor? max = null) => Done(Native.clamp_tensor_(this, min, max));

        public Tensor clamp_max(Scalar max) => Native.clamp(this, NativeScalar.None, max);

        public Tensor clamp_max_(Scalar max) => Done(Native.clamp_(this, NativeScalar.None, max));

        public Tensor clamp_min(Scalar min) => Native.clamp(this, min, NativeScalar.None);

        public Tensor clamp_min_(Scalar min) => Done(Native.clamp_(this, min, NativeScalar.None));
    }
}
