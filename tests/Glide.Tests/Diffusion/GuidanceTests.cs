using Glide.Diffusion;
using Glide.Diffusion.Guidance;
using Glide.Diffusion.Samplers;
using Glide.Runtime;
using Glide.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Tests.Diffusion;

[Collection(TorchCollection.Name)]
public sealed class GuidanceTests : IDisposable
{
    /// <summary>Float32 rounding of numbers of size 1, a few operations deep.</summary>
    private const double Tolerance = 1e-6;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly NoiseSource _random = new([5], [3, 4, 4], 1, CPU);

    [Fact]
    public void Scale_pushes_away_from_the_unconditional_noise()
    {
        var (conditional, unconditional) = (Random(2), Random(2));
        var guided = new ClassifierFreeGuidance(Pair(conditional, unconditional), Never, 3)
            .Denoise(Random(2), Timestep(2));
        TensorAssert.Close(unconditional + (3 * (conditional - unconditional)), guided.Eps, Tolerance);
        TensorAssert.Same(conditional * 0.5, guided.VarianceFraction!);
        Assert.Null(guided.GuidedEps);
    }

    [Fact]
    public void The_network_sees_the_same_images_in_both_halves()
    {
        var x = Random(3);
        Tensor? seen = null;
        Tensor? timesteps = null;
        new ClassifierFreeGuidance(
            (both, timestep) =>
            {
                (seen, timesteps) = (both.alias().DetachFromDisposeScope(), timestep.alias().DetachFromDisposeScope());
                return new Prediction(both, null);
            },
            Never,
            2).Denoise(x, Timestep(3));
        Assert.Equal([6, 3, 4, 4], seen!.shape);
        Assert.Equal([6], timesteps!.shape);
        TensorAssert.Same(x, seen.narrow(0, 0, 3));
        TensorAssert.Same(x, seen.narrow(0, 3, 3));
    }

    [Fact]
    public void Outside_the_interval_only_the_conditional_half_is_computed()
    {
        var conditional = Random(1);
        var settings = new CfgSettings { Timesteps = new GuidedTimesteps(100, 800) };
        var guidance = new ClassifierFreeGuidance(Never, (_, _) => new Prediction(conditional, null), 3, settings);
        TensorAssert.Same(conditional, guidance.Denoise(Random(1), tensor(new[] { 900f })).Eps);
        TensorAssert.Same(conditional, guidance.Denoise(Random(1), tensor(new[] { 50f })).Eps);
        Assert.Throws<InvalidOperationException>(() => guidance.Denoise(Random(1), tensor(new[] { 500f })));
    }

    /// <remarks>
    /// Where time goes by rows, this is the 20 % that half a run must save, with 5 % to spare for what each pass costs
    /// anyway.
    /// </remarks>
    [Theory]
    [InlineData("0:1", 80)]
    [InlineData("0:0.5", 60)]
    [InlineData("0.25:0.75", 60)]
    [InlineData("0.5:1", 60)]
    public void Guiding_half_a_run_asks_for_a_quarter_fewer_rows(string interval, long expected)
    {
        const int steps = 20;
        long rows = 0;
        using var sampler = SamplerFactory.Create(
            SamplerFactory.Parse("dpmpp-2m"), BetaTable.SquaredCosine(1000), TimestepRespacing.Parse($"{steps}", 1000),
                X0Transform.Clamp);
        var settings = new CfgSettings { Timesteps = GuidanceInterval.Parse(interval).Of(sampler.Tables, steps - 1) };
        var guidance = new ClassifierFreeGuidance(Counted, Counted, 3, settings);
        using var drawn = SampleLoop.Run(sampler, guidance.Denoise, Random(2), _random);
        Assert.Equal(expected, rows);

        Prediction Counted(Tensor x, Tensor timestep)
        {
            rows += x.shape[0];
            return new Prediction(zeros_like(x), null);
        }
    }

    [Fact]
    public void Full_rescaling_gives_each_image_the_spread_of_its_conditional_noise()
    {
        var (conditional, unconditional) = (Random(2), Random(2));
        var settings = new CfgSettings { Rescale = 1 };
        var guided = new ClassifierFreeGuidance(Pair(conditional, unconditional), Never, 6, settings)
            .Denoise(Random(2), Timestep(2)).Eps;
        for (int i = 0; i < 2; i++)
            Assert.Equal(Spread(conditional.narrow(0, i, 1)), Spread(guided.narrow(0, i, 1)), 1e-5);
    }

    [Fact]
    public void Rescaling_mixes_in_proportion()
    {
        var (conditional, unconditional) = (Random(1), Random(1));
        Tensor With(double rescale) => new ClassifierFreeGuidance(
            Pair(conditional, unconditional), Never, 4, new CfgSettings { Rescale = rescale })
                .Denoise(Random(1), Timestep(1)).Eps;
        TensorAssert.Close((0.7 * With(1)) + (0.3 * With(0)), With(0.7), 1e-5);
    }

    [Fact]
    public void Rescaling_an_image_does_not_depend_on_its_batch()
    {
        var (conditional, unconditional) = (Random(4), Random(4));
        var settings = new CfgSettings { Rescale = 0.7 };
        var batch = new ClassifierFreeGuidance(Pair(conditional, unconditional), Never, 4, settings)
            .Denoise(Random(4), Timestep(4)).Eps;
        var alone = new ClassifierFreeGuidance(
            Pair(conditional.narrow(0, 2, 1), unconditional.narrow(0, 2, 1)), Never, 4, settings)
                .Denoise(Random(1), Timestep(1)).Eps;
        TensorAssert.Same(alone, batch.narrow(0, 2, 1));
    }

    [Fact]
    public void Cfgpp_renoises_with_the_unconditional_noise()
    {
        // Chung et al. 2024, algorithm 2: √ᾱ′·x₀(guided) + √(1 − ᾱ′)·ε(∅).
        var tables = Tables();
        var (conditional, unconditional, x) = (Random(2), Random(2), Random(2));
        var guidance = new ClassifierFreeGuidance(
            Pair(conditional, unconditional), Never, 0.6, new CfgSettings { PlusPlus = true });
        using var sampler = new CfgPlusPlusSampler(new DdimSampler(tables, X0Transform.None));
        using var noise = new FixedNoise(x);
        const int step = 4;
        var guided = unconditional + (0.6 * (conditional - unconditional));
        var expected = DiffusionMath.Combine(
            Math.Sqrt(tables.AlphasCumprodPrev[step]), DiffusionMath.PredictX0(x, guided, tables.AlphasCumprod[step]),
            Math.Sqrt(1 - tables.AlphasCumprodPrev[step]), unconditional);
        TensorAssert.Close(expected, sampler.Step(guidance.Denoise, x, step, noise), 1e-5);
    }

    [Theory]
    [InlineData("ddpm")]
    [InlineData("dpmpp-2m")]
    [InlineData("unipc-3")]
    [InlineData("heun")]
    [InlineData("plms")]
    public void Cfgpp_of_scale_0_is_the_unconditional_run(string name)
    {
        Tensor Run(bool plusPlus)
        {
            var settings = new CfgSettings { PlusPlus = plusPlus };
            var guidance = new ClassifierFreeGuidance(
                (x, _) => new Prediction(cat([x.narrow(0, 0, 1) * 0.3, x.narrow(0, 1, 1) * 0.5], 0), null), Never, 0,
                    settings);
            using var sampler = SamplerFactory.Create(
                SamplerFactory.Parse(name), BetaTable.SquaredCosine(1000), TimestepRespacing.Parse("8", 1000),
                    X0Transform.Clamp,
                new SamplerSettings { CfgPlusPlus = plusPlus });
            using var noise = new NoiseSource([3], [3, 4, 4], 1, CPU);
            return SampleLoop.Run(sampler, guidance.Denoise, noise.Draw(), noise);
        }

        TensorAssert.Same(Run(plusPlus: false), Run(plusPlus: true));
    }

    [Fact]
    public void Scales_that_cannot_be_are_refused()
    {
        Assert.Throws<UsageException>(() => new ClassifierFreeGuidance(Never, Never, double.NaN));
        var error = Assert.Throws<UsageException>(
            () => new ClassifierFreeGuidance(Never, Never, 3, new CfgSettings { PlusPlus = true }));
        Assert.Contains("allowed are 0 to 1", error.Message, StringComparison.Ordinal);
        Assert.Throws<UsageException>(() => new ClassifierFreeGuidance(Never, Never, 3,
            new CfgSettings { Rescale = 1.5 }));
    }

    [Fact]
    public void A_gradient_goes_with_the_guided_prediction()
    {
        var (conditional, unconditional, gradient) = (Random(1), Random(1), Random(1));
        var cfg = new ClassifierFreeGuidance(Pair(conditional, unconditional), Never, 2);
        var both = new GradientGuidance(cfg.Denoise, (_, _) => gradient).Denoise(Random(1), Timestep(1));
        TensorAssert.Close(unconditional + (2 * (conditional - unconditional)), both.Eps, Tolerance);
        TensorAssert.Same(gradient, both.Gradient!);
    }

    [Theory]
    [InlineData("dpmpp-2m")]
    [InlineData("unipc")]
    [InlineData("heun")]
    [InlineData("plms")]
    public void Every_solver_follows_a_gradient_as_ddim_does_at_first_order(string name)
    {
        var tables = Tables();
        var (eps, gradient, x) = (Random(1) * 0.1, Random(1), Random(1));
        Prediction Guided(Tensor noisy, Tensor timestep) => new(eps, null, gradient);
        using var noise = new FixedNoise(x);
        using var ddim = new DdimSampler(tables, X0Transform.None);
        using var solver = SamplerFactory.Parse(name).Make(tables, X0Transform.None, SamplerSettings.Default);
        TensorAssert.Close(ddim.Step(Guided, x, 0, noise), solver.Step(Guided, x, 0, noise), 1e-4);
    }

    [Fact]
    public void Known_pixels_come_last_behind_threshold_and_gradient()
    {
        var mask = tensor(new float[] { 1, 0, 0, 1 }, [1, 1, 2, 2]);
        var image = tensor(new float[] { 0.5f, 9, 9, -0.25f }, [1, 1, 2, 2]);
        using var known = new KnownPixels(image, mask);
        var rule = new X0Transform(Threshold.Static, known);
        var x = tensor(new float[] { 3, 3, -3, -3 }, [1, 1, 2, 2]);
        Assert.Equal([0.5, 1, -1, -0.25], TensorAssert.Numbers(rule.Apply(x)));

        var clean = DenoisedPrediction.Predict(
            (noisy, _) => new Prediction(zeros_like(noisy), null, ones_like(noisy)), x, 10, 0.5, rule,
                knownPixelsLast: true);
        double[] x0 = TensorAssert.Numbers(clean.X0);
        Assert.Equal((0.5, -0.25), (x0[0], x0[3]));
        Assert.True(x0[1] > 1);
    }

    [Fact]
    public void Known_pixels_leave_the_callers_tensors_alone()
    {
        var mask = ones([1, 1, 2, 2]);
        var image = ones([1, 3, 2, 2]);
        using (new KnownPixels(image, mask))
        {
        }

        Assert.Equal(12, TensorAssert.Numbers(image).Sum());
    }

    [Fact]
    public void Implicit_known_pixels_carry_the_noise_of_the_step()
    {
        var tables = Tables();
        var (image, x, z) = (Random(1), Random(1), Random(1));
        var mask = zeros([1, 1, 4, 4]);
        mask[0, 0, 0, 0] = tensor(1f);
        using var noise = new FixedNoise(z);
        using var hook = new ReplacementInpainting(tables, image, mask, noise);
        var after = hook.AfterStep(x, 3);
        var noised = DiffusionMath.AddNoise(image, z, tables.AlphasCumprod[2]);
        TensorAssert.Close((x * (1 - mask)) + (noised * mask), after, Tolerance);
        var clean = hook.AfterStep(x, 0);
        TensorAssert.Same((x * (1 - mask)) + (image * mask), clean);
    }

    [Fact]
    public void Structure_keeping_replaces_the_means_of_blocks_and_leaves_detail()
    {
        var tables = Tables();
        var image = Random(1);
        using var noise = new FixedNoise(zeros_like(image));
        using var hook = new Ilvr(tables, image, factor: 4, untilStep: 2, noise);
        var x = Random(1);
        var after = hook.AfterStep(x, 2);
        long[] pixels = [2, 3];
        var expected = image.Times(Math.Sqrt(tables.AlphasCumprod[1])).mean(pixels);
        TensorAssert.Close(expected, after.mean(pixels), Tolerance);
        TensorAssert.Close(x - x.mean(pixels, keepdim: true), after - after.mean(pixels, keepdim: true), Tolerance);
        TensorAssert.Same(x, hook.AfterStep(x, 1));
        Assert.Throws<UsageException>(() => new Ilvr(tables, image, 3, 0, noise));
    }

    public void Dispose()
    {
        _random.Dispose();
        _scope.Dispose();
    }

    private static DiffusionTables Tables() => new(BetaTable.SquaredCosine(1000), TimestepRespacing.Parse("8", 1000));

    private static Prediction Never(Tensor x, Tensor timestep) =>
        throw new InvalidOperationException("This pass is not needed.");

    private static Denoiser Pair(Tensor conditional, Tensor unconditional) => (_, _) => new Prediction(
        cat([conditional, unconditional], 0), cat([conditional * 0.5, unconditional * 0.25], 0));

    private static Tensor Timestep(long count) => zeros([count]) + 500;

    private static double Spread(Tensor image)
    {
        double[] values = TensorAssert.Numbers(image);
        double mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
    }

    private Tensor Random(int count) => cat(Enumerable.Range(0, count).Select(_ => _random.Draw()).ToArray(), 0);
}
