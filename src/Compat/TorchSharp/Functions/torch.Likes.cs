using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    private const int AsInput = -1;

    public static Tensor zeros_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        NoNames(names);
        return Native.zeros_like(input, Tensor.Type(dtype), PlaceOr(device), device?.index ?? -1, requires_grad);
    }

    public static Tensor ones_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        NoNames(names);
        return Native.ones_like(input, Tensor.Type(dtype), PlaceOr(device), device?.index ?? -1, requires_grad);
    }

    public static Tensor empty_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        NoNames(names);
        return Native.empty_like(input, Tensor.Type(dtype), PlaceOr(device), device?.index ?? -1, requires_grad);
    }

    public static Tensor full_like(Tensor input, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        NoNames(names);
        return Native.full_like(input, value, Tensor.Type(dtype), PlaceOr(device), device?.index ?? -1, requires_grad);
    }

    public static Tensor rand_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => Native.rand_like(input, Tensor.Type(dtype), PlaceOr(device), device?.index ?? -1, requires_grad);

    public static Tensor randn_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => Native.randn_like(input, Tensor.Type(dtype), PlaceOr(device), device?.index ?? -1, requires_grad);

    private static int PlaceOr(Device? device) => device is null ? AsInput : (int)device.type;
}
