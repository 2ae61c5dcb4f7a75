using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor abs() => Native.abs(this);

        public Tensor abs_() => Done(Native.abs_(this));

        public Tensor exp() => Native.exp(this);

        public Tensor exp_() => Done(Native.exp_(this));

        public Tensor expm1() => Native.expm1(this);

        public Tensor expm1_() => Done(Native.expm1_(this));

        public Tensor log() => Native.log(this);

        public Tensor log_() => Done(Native.log_(this));

        public Tensor log1p() => Native.log1p(this);

        public Tensor log1p_() => Done(Native.log1p_(this));

        public Tensor log2() => Native.log2(this);

        public Tensor log2_() => Done(Native.log2_(this));

        public Tensor log10() => Native.log10(this);

        public Tensor log10_() => Done(Native.log10_(this));

        public Tensor sqrt() => Native.sqrt(this);

        public Tensor sqrt_() => Done(Native.sqrt_(this));

        public Tensor rsqrt() => Native.rsqrt(this);

        public Tensor rsqrt_() => Done(Native.rsqrt_(this));

        public Tensor sin() => Native.sin(this);

        public Tensor sin_() => Done(Native.sin_(this));

        public Tensor cos() => Native.cos(this);

        public Tensor cos_() => Done(Native.cos_(this));

        public Tensor tan() => Native.tan(this);

        public Tensor tan_() => Done(Native.tan_(this));

        public Tensor asin() => Native.asin(this);

        public Tensor asin_() => Done(Native.asin_(this));

        public Tensor acos() => Native.acos(this);

        public Tensor acos_() => Done(Native.acos_(this));

        public Tensor atan() => Native.atan(this);

        public Tensor atan_() => Done(Native.atan_(this));

        public Tensor sinh() => Native.sinh(this);

        public Tensor sinh_() => Done(Native.sinh_(this));

        public Tensor cosh() => Native.cosh(this);

        public Tensor cosh_() => Done(Native.cosh_(this));

        public Tensor tanh() => Native.tanh(this);

        public Tensor tanh_() => Done(Native.tanh_(this));

        public Tensor sigmoid() => Native.sigmoid(this);

        public Tensor sigmoid_() => Done(Native.sigmoid_(this));

        public Tensor neg() => Native.neg(this);

        public Tensor neg_() => Done(Native.neg_(this));

        public Tensor reciprocal() => Native.reciprocal(this);

        public Tensor reciprocal_() => Done(Native.reciprocal_(this));

        public Tensor floor() => Native.floor(this);

        public Tensor floor_() => Done(Native.floor_(this));

        public Tensor ceil() => Native.ceil(this);

        public Tensor ceil_() => Done(Native.ceil_(this));

        public Tensor trunc() => Native.trunc(this);

        public Tensor trunc_() => Done(Native.trunc_(this));

        public Tensor sign() => Native.sign(this);

        public Tensor sign_() => Done(Native.sign_(this));

        public Tensor erf() => Native.erf(this);

        public Tensor erf_() => Done(Native.erf_(this));

        public Tensor erfinv() => Native.erfinv(this);

        public Tensor erfinv_() => Done(Native.erfinv_(this));

        public Tensor relu() => Native.relu(this);

        public Tensor relu_() => Done(Native.relu_(this));

        public Tensor silu() => Native.silu(this);

        public Tensor silu_() => Done(Native.silu_(this));

        public Tensor logical_not() => Native.logical_not(this);

        public Tensor logical_not_() => Done(Native.logical_not_(this));

        public Tensor bitwise_not() => Native.bitwise_not(this);

        public Tensor bitwise_not_() => Done(Native.bitwise_not_(this));

        public Tensor absolute() => abs();

        public Tensor negative() => neg();

        public Tensor square() => Native.square(this);

        public Tensor gelu() => Native.gelu(this);

        public Tensor gelu_() => Done(Native.gelu_(this));

        public Tensor round(long decimals = 0L) => Native.round(this, decimals);

        public Tensor round_(long decimals = 0L) => Done(Native.round_(this, decimals));

        public Tensor isnan() => Native.isnan(this);

        public Tensor isinf() => Native.isinf(this);

        public Tensor isfinite() => Native.isfinite(this);

        public Tensor nan_to_num(double nan = 0d, double? posinf = null, double? neginf = null)
            => Native.nan_to_num(this, nan, posinf.HasValue, posinf ?? 0, neginf.HasValue, neginf ?? 0);
    }
}
