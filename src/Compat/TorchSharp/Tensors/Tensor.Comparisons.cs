using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor eq(Tensor target) => Native.eq(this, target);

        public Tensor eq(Scalar target) => Native.eq_scalar(this, target);

        public Tensor equal(Tensor target) => eq(target);

        public Tensor ne(Tensor target) => Native.ne(this, target);

        public Tensor ne(Scalar target) => Native.ne_scalar(this, target);

        public Tensor not_equal(Tensor target) => ne(target);

        public Tensor lt(Tensor target) => Native.lt(this, target);

        public Tensor lt(Scalar target) => Native.lt_scalar(this, target);

        public Tensor less(Tensor target) => lt(target);

        public Tensor le(Tensor target) => Native.le(this, target);

        public Tensor le(Scalar target) => Native.le_scalar(this, target);

        public Tensor less_equal(Tensor target) => le(target);

        public Tensor gt(Tensor target) => Native.gt(this, target);

        public Tensor gt(Scalar target) => Native.gt_scalar(this, target);

        public Tensor greater(Tensor target) => gt(target);

        public Tensor ge(Tensor target) => Native.ge(this, target);

        public Tensor ge(Scalar target) => Native.ge_scalar(this, target);

        public Tensor greater_equal(Tensor target) => ge(target);

        public Tensor isclose(Tensor other, double rtol = 1e-05, double atol = 1e-08, bool nanEqual = false)
            => Native.isclose(this, other, rtol, atol, nanEqual);

        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false)
        {
            Native.Check(Native.allclose(this, target, rtol, atol, equal_nan, out int result));
            return result != 0;
        }

        /// <summary>Same shape and same elements.</summary>
        public bool Equals(Tensor target)
        {
            Native.Check(Native.equal(this, target, out int result));
            return result != 0;
        }
    }
}
