using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private const int NoRounding = (int)RoundingMode.None;

        public static Tensor operator +(Tensor left, Tensor right) => Native.add(left, right, 1L);

        public static Tensor operator +(Tensor left, Scalar right) => Native.add_scalar(left, right, 1L);

        public static Tensor operator +(Tensor left, int right) => Native.add_scalar(left, (long)right, 1L);

        public static Tensor operator +(Tensor left, long right) => Native.add_scalar(left, right, 1L);

        public static Tensor operator +(Tensor left, float right) => Native.add_scalar(left, (double)right, 1L);

        public static Tensor operator +(Tensor left, double right) => Native.add_scalar(left, right, 1L);

        public static Tensor operator +(Scalar left, Tensor right) => Native.add_scalar(right, left, 1L);

        public static Tensor operator +(int left, Tensor right) => Native.add_scalar(right, (long)left, 1L);

        public static Tensor operator +(long left, Tensor right) => Native.add_scalar(right, left, 1L);

        public static Tensor operator +(float left, Tensor right) => Native.add_scalar(right, (double)left, 1L);

        public static Tensor operator +(double left, Tensor right) => Native.add_scalar(right, left, 1L);

        public static Tensor operator *(Tensor left, Tensor right) => Native.mul(left, right);

        public static Tensor operator *(Tensor left, Scalar right) => Native.mul_scalar(left, right);

        public static Tensor operator *(Tensor left, int right) => Native.mul_scalar(left, (long)right);

        public static Tensor operator *(Tensor left, long right) => Native.mul_scalar(left, right);

        public static Tensor operator *(Tensor left, float right) => Native.mul_scalar(left, (double)right);

        public static Tensor operator *(Tensor left, double right) => Native.mul_scalar(left, right);

        public static Tensor operator *(Scalar left, Tensor right) => Native.mul_scalar(right, left);

        public static Tensor operator *(int left, Tensor right) => Native.mul_scalar(right, (long)left);

        public static Tensor operator *(long left, Tensor right) => Native.mul_scalar(right, left);

        public static Tensor operator *(float left, Tensor right) => Native.mul_scalar(right, (double)left);

        public static Tensor operator *(double left, Tensor right) => Native.mul_scalar(right, left);

        public static Tensor operator -(Tensor left, Tensor right) => Native.sub(left, right);

        public static Tensor operator -(Tensor left, Scalar right) => Native.sub_scalar(left, right);

        public static Tensor operator -(Tensor left, int right) => Native.sub_scalar(left, (long)right);

        public static Tensor operator -(Tensor left, long right) => Native.sub_scalar(left, right);

        public static Tensor operator -(Tensor left, float right) => Native.sub_scalar(left, (double)right);

        public static Tensor operator -(Tensor left, double right) => Native.sub_scalar(left, right);

        public static Tensor operator -(Scalar left, Tensor right) => Difference(left, right);

        public static Tensor operator -(int left, Tensor right) => Difference((long)left, right);

        public static Tensor operator -(long left, Tensor right) => Difference(left, right);

        public static Tensor operator -(float left, Tensor right) => Difference((double)left, right);

        public static Tensor operator -(double left, Tensor right) => Difference(left, right);

        public static Tensor operator /(Tensor left, Tensor right) => Native.div(left, right, NoRounding);

        public static Tensor operator /(Tensor left, Scalar right) => Native.div_scalar(left, right, NoRounding);

        public static Tensor operator /(Tensor left, int right) => Native.div_scalar(left, (long)right, NoRounding);

        public static Tensor operator /(Tensor left, long right) => Native.div_scalar(left, right, NoRounding);

        public static Tensor operator /(Tensor left, float right) => Native.div_scalar(left, (double)right, NoRounding);

        public static Tensor operator /(Tensor left, double right) => Native.div_scalar(left, right, NoRounding);

        public static Tensor operator /(Scalar left, Tensor right) => Quotient(left, right);

        public static Tensor operator /(int left, Tensor right) => Quotient((long)left, right);

        public static Tensor operator /(long left, Tensor right) => Quotient(left, right);

        public static Tensor operator /(float left, Tensor right) => Quotient((double)left, right);

        public static Tensor operator /(double left, Tensor right) => Quotient(left, right);

        public static Tensor operator -(Tensor tensor) => tensor.neg();

        public static Tensor operator %(Tensor left, Tensor right) => left.remainder(right);

        public static Tensor operator %(Tensor left, Scalar right) => left.remainder(right);

        public static Tensor operator %(Tensor left, int right) => left.remainder(right);

        public static Tensor operator %(Tensor left, long right) => left.remainder(right);

        public static Tensor operator %(Tensor left, float right) => left.remainder(right);

        public static Tensor operator %(Tensor left, double right) => left.remainder(right);

        public static Tensor operator &(Tensor left, Tensor right) => left.bitwise_and(right);

        public static Tensor operator |(Tensor left, Tensor right) => left.bitwise_or(right);

        public static Tensor operator ^(Tensor left, Tensor right) => left.bitwise_xor(right);

        public static Tensor operator ~(Tensor left) => left.bitwise_not();

        public static Tensor operator ==(Tensor left, Tensor right) => Native.eq(left, right);

        public static Tensor operator ==(Tensor left, Scalar right) => Native.eq_scalar(left, right);

        public static Tensor operator ==(Scalar left, Tensor right) => right == left;

        public static Tensor operator !=(Tensor left, Tensor right) => Native.ne(left, right);

        public static Tensor operator !=(Tensor left, Scalar right) => Native.ne_scalar(left, right);

        public static Tensor operator !=(Scalar left, Tensor right) => right != left;

        public static Tensor operator <(Tensor left, Tensor right) => Native.lt(left, right);

        public static Tensor operator <(Tensor left, Scalar right) => Native.lt_scalar(left, right);

        public static Tensor operator <(Scalar left, Tensor right) => right > left;

        public static Tensor operator <=(Tensor left, Tensor right) => Native.le(left, right);

        public static Tensor operator <=(Tensor left, Scalar right) => Native.le_scalar(left, right);

        public static Tensor operator <=(Scalar left, Tensor right) => right >= left;

        public static Tensor operator >(Tensor left, Tensor right) => Native.gt(left, right);

        public static Tensor operator >(Tensor left, Scalar right) => Native.gt_scalar(left, right);

        public static Tensor operator >(Scalar left, Tensor right) => right < left;

        public static Tensor operator >=(Tensor left, Tensor right) => Native.ge(left, right);

        public static Tensor operator >=(Tensor left, Scalar right) => Native.ge_scalar(left, right);

        public static Tensor operator >=(Scalar left, Tensor right) => right <= left;

        /// <summary>value - tensor, as PyTorch computes it: the sign is turned first.</summary>
        private static Tensor Difference(NativeScalar value, Tensor tensor)
        {
            using var negative = Native.neg(tensor);
            return Native.add_scalar(negative, value, 1L);
        }

        /// <summary>value / tensor, as PyTorch computes it: by the reciprocal.</summary>
        private static Tensor Quotient(NativeScalar value, Tensor tensor)
        {
            using var reciprocal = Native.reciprocal(tensor);
            return Native.mul_scalar(reciprocal, value);
        }
    }
}
