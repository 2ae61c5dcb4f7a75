using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor fill_(Scalar value) => Done(Native.fill_(this, value));

        public Tensor zero_() => Done(Native.zero_(this));

        public Tensor normal_(double mean = 0.0, double std = 1.0, torch.Generator? generator = null)
        {
            Native.Check(Native.normal_(this, mean, std, generator?.Handle ?? 0));
            GC.KeepAlive(generator);
            return this;
        }

        public Tensor uniform_(double from, double to, torch.Generator? generator = null)
        {
            Native.Check(Native.uniform_(this, from, to, generator?.Handle ?? 0));
            GC.KeepAlive(generator);
            return this;
        }

        public Tensor bernoulli_(double p = 0.5, torch.Generator? generator = null)
        {
            Native.Check(Native.bernoulli_(this, p, generator?.Handle ?? 0));
            GC.KeepAlive(generator);
            return this;
        }

        public Tensor random_(double from, double to, torch.Generator? generator = null)
        {
            Native.Check(Native.random_(this, (long)from, (long)to, generator?.Handle ?? 0));
            GC.KeepAlive(generator);
            return this;
        }

        public Tensor zeros_like(ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false)
            => torch.zeros_like(this, dtype, device, requires_grad);

        public Tensor ones_like(ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false)
            => torch.ones_like(this, dtype, device, requires_grad);

        public Tensor empty_like(ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false)
            => torch.empty_like(this, dtype, device, requires_grad);

        public Tensor full_like(Scalar value, ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false)
            => torch.full_like(this, value, dtype, device, requires_grad);

        public Tensor rand_like(ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false)
            => torch.rand_like(this, dtype, device, requires_grad);

        public Tensor randn_like(ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false)
            => torch.randn_like(this, dtype, device, requires_grad);

        public Tensor new_zeros(long[] size, torch.ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false)
            => zeros(size, dtype ?? this.dtype, device ?? this.device, requires_grad);

        public Tensor new_empty(long[] size, torch.ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false)
            => empty(size, dtype ?? this.dtype, device ?? this.device, requires_grad);

        public Tensor new_full(long[] size, Scalar value, torch.ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false)
            => full(size, value, dtype ?? this.dtype, device ?? this.device, requires_grad);
    }
}
