using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static Tensor as_tensor(Tensor data, ScalarType? dtype = null, Device? device = null)
        => data.to(dtype ?? data.dtype, device ?? data.device);

    public static Tensor from_array(Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null)
        => rawArray switch
        {
            float[] or float[,] or float[,,] or float[,,,] => From<float>(rawArray, ScalarType.Float32, dtype, device, requires_grad, names),
            double[] or double[,] or double[,,] or double[,,,] => From<double>(rawArray, ScalarType.Float64, dtype, device, requires_grad, names),
            long[] or long[,] or long[,,] or long[,,,] => From<long>(rawArray, ScalarType.Int64, dtype, device, requires_grad, names),
            int[] or int[,] or int[,,] or int[,,,] => From<int>(rawArray, ScalarType.Int32, dtype, device, requires_grad, names),
            byte[] or byte[,] or byte[,,] or byte[,,,] => From<byte>(rawArray, ScalarType.Byte, dtype, device, requires_grad, names),
            bool[] or bool[,] or bool[,,] or bool[,,,] => From<bool>(rawArray, ScalarType.Bool, dtype, device, requires_grad, names),
            Half[] or Half[,] or Half[,,] or Half[,,,] => From<Half>(rawArray, ScalarType.Float16, dtype, device, requires_grad, names),
            _ => throw new ArgumentException($"No tensor can be made from {rawArray.GetType().Name}."),
        };

    /// <summary>Makes a CPU tensor, fills it, then converts and moves it once.</summary>
    private static Tensor Copy<T>(ReadOnlySpan<T> values, ReadOnlySpan<long> sizes, ScalarType type, ScalarType? dtype, Device? device, bool requiresGrad, string[]? names)
        where T : unmanaged
    {
        NoNames(names);
        long count = 1;
        foreach (long size in sizes)
            count = checked(count * size);
        if (count != values.Length)
            throw new ArgumentException($"{values.Length} values do not fill the shape [{string.Join(", ", sizes.ToArray())}].");
        var tensor = Native.empty(sizes, sizes.Length, (int)type, (int)DeviceType.CPU, -1, false);
        MemoryMarshal.AsBytes(values).CopyTo(tensor.bytes);
        var target = dtype ?? type;
        var place = device ?? s_defaultDevice;
        if (target != type || place.type != DeviceType.CPU)
            tensor = tensor.to(target, place, disposeAfter: true);
        return requiresGrad ? tensor.requires_grad_() : tensor;
    }

    private static Tensor One<T>(T value, ScalarType type, ScalarType? dtype, Device? device, bool requiresGrad)
        where T : unmanaged
        => Copy<T>([value], [], type, dtype, device, requiresGrad, null);

    private static Tensor From<T>(Array values, ScalarType type, ScalarType? dtype, Device? device, bool requiresGrad, string[]? names)
        where T : unmanaged
        => Copy<T>(Flat<T>(values), Sizes(values), type, dtype, device, requiresGrad, names);

    private static unsafe ReadOnlySpan<T> Flat<T>(Array values) where T : unmanaged
        => MemoryMarshal.CreateReadOnlySpan(ref System.Runtime.CompilerServices.Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(values)), values.Length);

    private static long[] Sizes(Array values) => [.. Enumerable.Range(0, values.Rank).Select(values.GetLongLength)];

    private static void NoNames(string[]? names)
    {
        if (names is { Length: > 0 })
            throw new NotSupportedException("Names of dimensions are not supported.");
    }

    private static int Or(ScalarType? type) => (int)(type ?? s_defaultType);

    /// <summary>full takes its type from the value: bool and integers keep theirs.</summary>
    private static int Like(Scalar value, ScalarType? type) => (int)(type ?? value.Value.Kind switch
    {
        ScalarKind.Bool => ScalarType.Bool,
        ScalarKind.Integer => ScalarType.Int64,
        _ => s_defaultType,
    });
}
