using System.Diagnostics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Pipelines.Benchmarks;

/// <summary>How fast this machine computes when nothing stands in its way, in 10⁹ floating-point operations a second.</summary>
/// <param name="Convolution">3×3, 256 channels, on 64×64 pixels.</param>
/// <param name="Matrix">A product of square matrices.</param>
internal sealed record Ceiling(double Convolution, double Matrix)
{
    private const int Channels = 256;
    private const int Side = 64;
    private const int Attempts = 5;

    /// <summary>Measures both in the engine's number type: the best of a few attempts.</summary>
    public static Ceiling Measure(Engine engine)
    {
        // A GPU needs more to do before the time of starting it no longer counts.
        int rows = engine.IsCuda ? 64 : 4;
        long width = engine.IsCuda ? 8192 : 2048;
        return new Ceiling(OfConvolution(engine, rows), OfMatrix(engine, width));
    }

    private static double OfConvolution(Engine engine, int rows)
    {
        using var scope = NewDisposeScope();
        var type = engine.Precision.TorsoType;
        var x = ones([rows, Channels, Side, Side], dtype: type, device: engine.Device);
        var weight = ones([Channels, Channels, 3, 3], dtype: type, device: engine.Device);
        double operations = 2.0 * rows * Side * Side * Channels * Channels * 9;
        return operations / Fastest(engine, () => functional.conv2d(x, weight, padding: [1, 1])) / 1e9;
    }

    private static double OfMatrix(Engine engine, long width)
    {
        using var scope = NewDisposeScope();
        var a = ones([width, width], dtype: engine.Precision.TorsoType, device: engine.Device);
        var b = ones([width, width], dtype: engine.Precision.TorsoType, device: engine.Device);
        return 2.0 * width * width * width / Fastest(engine, () => a.matmul(b)) / 1e9;
    }

    // Seconds; the first attempt only warms up.
    private static double Fastest(Engine engine, Func<Tensor> work)
    {
        double best = double.MaxValue;
        for (int attempt = 0; attempt <= Attempts; attempt++)
        {
            engine.Finish();
            var clock = Stopwatch.StartNew();
            work().Dispose();
            engine.Finish();
            if (attempt > 0)
                best = Math.Min(best, clock.Elapsed.TotalSeconds);
        }
        return best;
    }
}
