using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Glide.Pipelines;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Diagnostics;

/// <summary>
/// How fast this machine computes when nothing stands in its way, in 10⁹ floating-point operations a second.
/// </summary>
/// <param name="Convolution">3×3, 256 channels, on 64×64 pixels.</param>
/// <param name="Matrix">A product of square matrices.</param>
internal sealed record Ceiling(double Convolution, double Matrix)
{
    private const int Channels = 256;
    private const int Side = 64;
    private const int Attempts = 5;

    /// <summary>Measures both in the engine's number type: the best of a few attempts.</summary>
    public static Ceiling Measure(TorchRuntime runtime)
    {
        // A GPU needs more to do before the time of starting it no longer counts.
        int rows = runtime.IsCuda ? 64 : 4;
        long width = runtime.IsCuda ? 8192 : 2048;
        return new Ceiling(OfConvolution(runtime, rows), OfMatrix(runtime, width));
    }

    private static double OfConvolution(TorchRuntime runtime, int rows)
    {
        using var scope = NewDisposeScope();
        var type = runtime.Precision.TorsoType;
        var x = ones([rows, Channels, Side, Side], dtype: type, device: runtime.Device);
        var weight = ones([Channels, Channels, 3, 3], dtype: type, device: runtime.Device);
        double operations = 2.0 * rows * Side * Side * Channels * Channels * 9;
        return operations / Fastest(runtime, () => functional.conv2d(x, weight, padding: [1, 1])) / 1e9;
    }

    private static double OfMatrix(TorchRuntime runtime, long width)
    {
        using var scope = NewDisposeScope();
        var a = ones([width, width], dtype: runtime.Precision.TorsoType, device: runtime.Device);
        var b = ones([width, width], dtype: runtime.Precision.TorsoType, device: runtime.Device);
        return 2.0 * width * width * width / Fastest(runtime, () => a.matmul(b)) / 1e9;
    }

    // Seconds; the first attempt only warms up.
    private static double Fastest(TorchRuntime runtime, Func<Tensor> work)
    {
        double best = double.MaxValue;
        for (int attempt = 0; attempt <= Attempts; attempt++)
        {
            runtime.Finish();
            var clock = Stopwatch.StartNew();
            work().Dispose();
            runtime.Finish();
            if (attempt > 0)
                best = Math.Min(best, clock.Elapsed.TotalSeconds);
        }
        return best;
    }
}

/// <summary>What the processor calls itself.</summary>
internal static class Processor
{
    private const string Description = "/proc/cpuinfo";

    /// <summary>
    /// Such as <c>AMD EPYC 9654 96-Core Processor</c>; the architecture where the system says no more.
    /// </summary>
    public static string Name { get; } =
        (File.Exists(Description) ? File.ReadLines(Description)
            .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null)?
        .Split(':', 2)[^1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
}

/// <summary>The most memory that this process held since a moment of our choice; Linux counts it.</summary>
internal static class PeakMemory
{
    private const string Status = "/proc/self/status";
    private const string Reset = "/proc/self/clear_refs";
    private const string ForgetThePeak = "5";

    /// <summary>
    /// The moment is now, where the system lets us choose it; else it stays the start of the process.
    /// </summary>
    /// <returns>Whether the system lets us.</returns>
    public static bool Restart()
    {
        try
        {
            if (!File.Exists(Reset))
                return false;
            // Tensors that nobody disposed of, and that were collected meanwhile, would hide as much of the work.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            File.WriteAllText(Reset, ForgetThePeak);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A container may forbid it; the peak since the start is the answer then.
            return false;
        }
    }

    /// <summary>Bytes; <c>null</c> where the system does not tell.</summary>
    public static long? Bytes()
    {
        string? row = File.Exists(Status) ? File.ReadLines(Status)
            .FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)) : null;
        string[]? words = row?.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return words is { Length: 3 }
            ? 1024 * long.Parse(words[1], NumberStyles.None, CultureInfo.InvariantCulture)
            : null;
    }
}
