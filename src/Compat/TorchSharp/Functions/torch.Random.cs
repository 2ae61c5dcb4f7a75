using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null)
    {
        NoNames(names);
        var place = device ?? s_defaultDevice;
        int type = (int)(dtype ?? ScalarType.Int64);
        var tensor = Native.randint(low, high, size, size.Length, generator?.Handle ?? 0, type, (int)place.type, place.index, requires_grad);
        GC.KeepAlive(generator);
        return tensor;
    }

    public static Tensor randint(long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null)
        => randint(0, high, size, dtype, device, requires_grad, generator, names);

    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null)
    {
        var place = device ?? s_defaultDevice;
        int type = (int)(dtype ?? ScalarType.Int64);
        var tensor = Native.randperm(n, generator?.Handle ?? 0, type, (int)place.type, place.index, requires_grad);
        GC.KeepAlive(generator);
        return tensor;
    }

    public static Tensor normal(double mean, double std, ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null)
    {
        var tensor = empty(size, dtype, device, false, names).normal_(mean, std, generator);
        return requires_grad ? tensor.requires_grad_() : tensor;
    }
}
