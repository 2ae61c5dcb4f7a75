using Glide.Diffusion;
using Glide.Diffusion.Guidance;
using Glide.Diffusion.Samplers;
using Glide.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Tests.Diffusion;

/// <summary>
/// The loop tells a device what to do and never asks it for a number, for which a GPU would have to finish first. On
/// the meta device tensors have no numbers at all: asking for one fails.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class NoWaitingTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string, bool> Runs
    {
        get
        {
            var runs = new TheoryData<string, bool>();
            foreach (var kind in SamplerFactory.Kinds)
            {
                runs.Add(kind.Name, false);
                runs.Add(kind.Name, true);
            }
            return runs;
        }
    }

    // Everything at once that looks at numbers: rescaling, a guided interval, a dynamic threshold, known pixels.
    [Theory, MemberData(nameof(Runs))]
    public void A_run_asks_a_device_for_no_number(string name, bool plusPlus)
    {
        using var known = new KnownPixels(zeros([1, 3, 4, 4], device: META), ones([1, 1, 4, 4], device: META));
        using var sampler = SamplerFactory.Create(
            SamplerFactory.Parse(name), BetaTable.SquaredCosine(1000), TimestepRespacing.Parse("8", 1000),
            new X0Transform(Threshold.Dynamic(), known), new SamplerSettings { CfgPlusPlus = plusPlus });
        using var noise = new NoiseSource([1, 2], [3, 4, 4], drawsPerImage: 2, META);
        var settings = new CfgSettings
        {
            Rescale = 0.5,
            Timesteps = new GuidedTimesteps(100, 800),
            PlusPlus = plusPlus
        };
        var guidance = new ClassifierFreeGuidance(Denoise, Denoise, plusPlus ? 0.6 : 3, settings);
        var found = SampleLoop.Run(sampler, guidance.Denoise, noise.Draw(), noise);
        Assert.Equal(DeviceType.META, found.device.type);
        Assert.Equal([2, 3, 4, 4], found.shape);
    }

    [Fact]
    public void The_meta_device_refuses_a_question() =>
        Assert.ThrowsAny<Exception>(() => ones([1], device: META).item<float>());

    // The threshold computes in float32, this in float64: a unit in the last place of the quantile, and of the
    // quotient.
    [Theory, InlineData(0.5, double.PositiveInfinity), InlineData(0.995, double.PositiveInfinity), InlineData(1, 1.25)]
    public void A_dynamic_threshold_is_the_same_without_asking(double quantile, double cap)
    {
        using var noise = new NoiseSource([3], [3, 8, 8], drawsPerImage: 1, CPU);
        var image = noise.Draw() * 2;
        double[] numbers = TensorAssert.Numbers(image);
        double[] sorted = [.. numbers.Select(number => Math.Abs(number)).Order()];
        double place = quantile * (sorted.Length - 1);
        int below = (int)place;
        double above = sorted[Math.Min(below + 1, sorted.Length - 1)];
        double bound = Math.Clamp(sorted[below] + ((place - below) * (above - sorted[below])), 1, cap);
        var expected = TensorAssert.Of([.. numbers.Select(number => Math.Clamp(number, -bound, bound) / bound)]);
        TensorAssert.Close(expected.reshape(image.shape), Threshold.Dynamic(quantile, cap).Apply(image), 1e-6);
    }

    public void Dispose() => _scope.Dispose();

    private static Prediction Denoise(Tensor x, Tensor timestep)
    {
        Assert.Equal(DeviceType.CPU, timestep.device.type);
        return new Prediction(x * 0.1f, (x * 0) + 0.5f);
    }
}
