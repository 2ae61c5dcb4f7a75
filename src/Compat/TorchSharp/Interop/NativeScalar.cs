using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>A number as the native side takes it by value: no allocation, no handle.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct NativeScalar
{
    private readonly long _bits;
    private readonly long _kind;

    private NativeScalar(long bits, ScalarKind kind)
    {
        _bits = bits;
        _kind = (long)kind;
    }

    internal static NativeScalar None => new(0, ScalarKind.None);

    internal ScalarKind Kind => (ScalarKind)_kind;

    internal double Double => Kind == ScalarKind.Float ? BitConverter.Int64BitsToDouble(_bits) : _bits;

    internal long Integer => Kind == ScalarKind.Float ? (long)BitConverter.Int64BitsToDouble(_bits) : _bits;

    public static implicit operator NativeScalar(long value) => new(value, ScalarKind.Integer);

    public static implicit operator NativeScalar(double value)
        => new(BitConverter.DoubleToInt64Bits(value), ScalarKind.Float);

    public static implicit operator NativeScalar(bool value) => new(value ? 1 : 0, ScalarKind.Bool);

    public static implicit operator NativeScalar(Scalar? value) => value is null ? None : value.Value;
}
