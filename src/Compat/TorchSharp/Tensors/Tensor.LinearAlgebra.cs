using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor matmul(Tensor target) => Native.matmul(this, target);

        public Tensor mm(Tensor target) => Native.mm(this, target);

        public Tensor bmm(Tensor batch2) => Native.bmm(this, batch2);

        public Tensor dot(Tensor target) => Native.dot(this, target);

        public Tensor outer(Tensor vec2) => Native.outer(this, vec2);

        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1)
            => Native.addmm(this, mat1, mat2, (double)beta, (double)alpha);

        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1)
            => Native.baddbmm(this, batch1, batch2, (double)beta, (double)alpha);
    }
}
