using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public bool requires_grad
        {
            get => Native.requires_grad(this) != 0;
            set => Native.Check(Native.set_requires_grad(this, value));
        }

        /// <summary>The gradient, in a new object at each call; null if there is none yet.</summary>
        public Tensor? grad
        {
            get
            {
                Native.Check(Native.grad(this, out nint gradient));
                return gradient == 0 ? null : new Tensor(gradient);
            }
            set => Native.Check(Native.set_grad(this, value));
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        /// <summary>This very tensor, as <see cref="requires_grad_"/>.</summary>
        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        public void retain_grad() => Native.Check(Native.retain_grad(this));

        public Tensor detach() => Native.detach(this);

        public Tensor detach_() => Done(Native.detach_(this));

        public void backward() => autograd.backward([this]);

        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null)
            => autograd.backward([this], grad_tensors!, retain_graph, create_graph, inputs!);
    }
}
