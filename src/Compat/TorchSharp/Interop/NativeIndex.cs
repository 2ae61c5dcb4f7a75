using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>One index of x[a, b, ...] as the native side reads it; <see cref="Missing"/> stands for an open end of a slice.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeIndex
{
    internal const long Missing = long.MinValue;

    internal long Kind;
    internal long Start;
    internal long Stop;
    internal long Step;
    internal nint Tensor;
}
