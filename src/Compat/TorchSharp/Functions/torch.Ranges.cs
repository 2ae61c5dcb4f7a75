using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        bool integral = IsIntegral(start) && IsIntegral(stop) && IsIntegral(step);
        var type = dtype ?? (integral ? ScalarType.Int64 : s_defaultType);
        var place = device ?? s_defaultDevice;
        return Native.arange(start, stop, step, (int)type, (int)place.type, place.index, requires_grad);
    }

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => arange(0, stop, 1, dtype, device, requires_grad);

    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var place = device ?? s_defaultDevice;
        return Native.linspace(start, end, steps, Or(dtype), (int)place.type, place.index, requires_grad);
    }

    public static Tensor eye(long rows, long columns = -1L, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        NoNames(names);
        var place = device ?? s_defaultDevice;
        return Native.eye(rows, columns < 0 ? rows : columns, Or(dtype), (int)place.type, place.index, requires_grad);
    }

    public static Tensor empty_strided(long[] size, long[] strides, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        NoNames(names);
        var place = device ?? s_defaultDevice;
        return Native.empty_strided(size, strides, size.Length, Or(dtype), (int)place.type, place.index, requires_grad);
    }

    private static bool IsIntegral(Scalar value) => value.Value.Kind != ScalarKind.Float;
}
