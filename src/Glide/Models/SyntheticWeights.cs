using System.Text;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models;

/// <summary>
/// Deterministic weights computed from a parameter's name, for tests and benchmarks without a checkpoint.
/// </summary>
/// <remarks>A counter through the splitmix64 finalizer (Steele et al. 2014), seeded by FNV-1a of the name.</remarks>
internal static class SyntheticWeights
{
    private const int ChunkSize = 1 << 16;

    /// <summary>Fills every parameter of <paramref name="network"/>.</summary>
    public static void Fill(Module network)
    {
        using var frozen = no_grad();
        foreach (var (name, parameter) in network.named_parameters())
            Fill(parameter, name);
    }

    /// <summary>The weight of a parameter, float32 on the CPU.</summary>
    public static Tensor Of(string name, params long[] shape)
    {
        var numbers = empty(shape, dtype: ScalarType.Float32);
        WriteWeight(numbers, name);
        return numbers;
    }

    /// <summary>Deterministic numbers in [−1, 1), float32 on the CPU.</summary>
    public static Tensor Unit(string name, params long[] shape)
    {
        var numbers = empty(shape, dtype: ScalarType.Float32);
        Write(numbers, name, scale: 1, offset: 0);
        return numbers;
    }

    private static void Fill(Tensor parameter, string name)
    {
        using var scope = NewDisposeScope();
        if (parameter.dtype == ScalarType.Float32 && parameter.device.type == TorchSharp.DeviceType.CPU)
            WriteWeight(parameter, name);
        else
            parameter.copy_(Of(name, parameter.shape));
    }

    private static void WriteWeight(Tensor numbers, string name)
    {
        long[] shape = numbers.shape;
        bool isGain = shape.Length == 1 && (name.EndsWith(".weight", StringComparison.Ordinal)
            || name.EndsWith(".g", StringComparison.Ordinal));
        // fan in: all dimensions but the first
        double scale = shape.Length == 1 ? 0.1 : Math.Sqrt(3.0 * shape[0] / numbers.numel());
        Write(numbers, name, (float)scale, isGain ? 1 : 0);
    }

    private static unsafe void Write(Tensor numbers, string name, float scale, float offset)
    {
        long count = numbers.numel();
        ulong hash = Fnv1a(name);
        fixed (byte* bytes = numbers.bytes)
        {
            var first = (float*)bytes;
            Parallel.For(0, (count + ChunkSize - 1) / ChunkSize, chunk =>
            {
                long start = chunk * ChunkSize;
                var span = new Span<float>(first + start, (int)Math.Min(ChunkSize, count - start));
                WriteChunk(span, hash + (ulong)(start + 1) * Step, scale, offset);
            });
        }
    }

    private const ulong Step = 0x9E3779B97F4A7C15;

    private static void WriteChunk(Span<float> numbers, ulong counter, float scale, float offset)
    {
        for (int i = 0; i < numbers.Length; i++, counter += Step)
        {
            ulong z = (counter ^ counter >> 30) * 0xBF58476D1CE4E5B9;
            z = (z ^ z >> 27) * 0x94D049BB133111EB;
            z ^= z >> 31;
            float unit = (int)(z >> 40) * (1f / (1 << 23)) - 1f;
            numbers[i] = unit * scale + offset;
        }
    }

    private static ulong Fnv1a(string name)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (byte value in Encoding.UTF8.GetBytes(name))
            hash = (hash ^ value) * 0x100000001B3;

        return hash;
    }
}
