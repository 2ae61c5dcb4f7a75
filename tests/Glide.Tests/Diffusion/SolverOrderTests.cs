using Glide.Diffusion;
using Glide.Diffusion.Samplers;
using Glide.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Tests.Diffusion;

[Collection(TorchCollection.Name)]
public sealed class SolverOrderTests : IDisposable
{
    /// <summary>How far a measured order may lie from the stated one.</summary>
    private const double OrderTolerance = 0.25;

    /// <summary>
    /// Four standard errors of a variance over 20,160 draws are 0.04 of it; the rest is what the steps leave of bias.
    /// </summary>
    private const double MomentTolerance = 0.06;

    private static readonly int[] StepCounts = [10, 20, 40, 80];
    private static readonly NoiseSchedule Schedule = new(BetaTable.Linear(1000));

    private readonly DisposeScope _scope = NewDisposeScope();

    /// <summary>
    /// Name, stated order, spacing. UniPC of order p converges with order p + 1 (Zhao et al. 2023, theorem 3.1); that
    /// of order 3 starts with one of order 1, whose error is small only where the first steps are, as in Karras'
    /// spacing.
    /// </summary>
    public static TheoryData<string, int, string> Orders => new()
    {
        { "ddim", 1, "lambda" }, { "dpmpp-2m", 2, "lambda" }, { "heun", 2, "lambda" }, { "plms", 2, "time" },
        { "unipc", 3, "lambda" }, { "unipc-b1", 3, "lambda" }, { "unipc-3", 4, "karras" },
            { "unipc-3-b1", 4, "karras" },
    };

    public static TheoryData<string> Solvers =>
        ["ddim", "dpmpp-2m", "heun", "plms", "unipc", "unipc-b1", "unipc-3", "unipc-3-b1"];

    /// <summary>
    /// Name, η, churn, steps: the ancestral ones take variances that are right in the limit of small steps only.
    /// </summary>
    public static TheoryData<string, double, double, int> StochasticSamplers => new()
    {
        { "dpmpp-2m-sde", 0, 0, 200 }, { "heun", 0, 40, 200 }, { "ddim", 1, 0, 1000 }, { "ddpm", 0, 0, 1000 },
    };

    [Theory, MemberData(nameof(Orders))]
    public void Errors_fall_with_the_stated_order(string name, int order, string spacing)
    {
        var data = new GaussianData(Schedule, mean: 0.3, deviation: spacing == "karras" ? 0.5 : 1);
        double[] errors = [.. StepCounts.Select(count => Error(name, data, Grid(spacing, count)))];
        double slope = Slope([.. StepCounts.Select(count => Math.Log(count))], Array.ConvertAll(errors, Math.Log));
        Assert.True(
            Math.Abs(-slope - order) <= OrderTolerance,
            $"{name}: order {-slope:F2}, errors {string.Join(", ", errors.Select(error => error.ToString("E1")))}");
    }

    [Theory, MemberData(nameof(Solvers))]
    public void Whole_runs_end_at_the_quantile_of_the_data(string name)
    {
        var data = new GaussianData(Schedule, mean: 0.3, deviation: 0.5);
        var plan = TimestepRespacing.Parse("200", 1000);
        using var sampler = SamplerFactory.Create(
            SamplerFactory.Parse(name), BetaTable.Linear(1000), plan, X0Transform.None,
            new SamplerSettings { Spacing = SpacingKind.Karras });
        using var noise = new FixedNoise(TensorAssert.Of(0));
        var x = TensorAssert.Of(-2, -1, 0, 0.5, 1, 2);
        var found = SampleLoop.Run(sampler, data.Denoise, x, noise);
        var expected = data.Flow(x, sampler.Tables.AlphasCumprod[^1], 1);
        TensorAssert.Close(expected, found, 0.02);
        Assert.Equal(sampler.Tables.Count, noise.Skips + noise.Draws);
    }

    /// <summary>
    /// As images are made: from pure noise at the cut end of the cosine schedule, on steps of the solver's choice.
    /// </summary>
    [Theory]
    [InlineData("dpmpp-2m")]
    [InlineData("unipc")]
    [InlineData("unipc-3")]
    [InlineData("plms")]
    public void Solvers_are_nearer_than_ddim_with_as_many_steps(string name)
    {
        var data = new GaussianData(new NoiseSchedule(BetaTable.SquaredCosine(1000)), mean: 0.3, deviation: 0.1);
        foreach (int count in new[] { 5, 8, 10, 15, 20, 30, 50 })
        {
            double solver = FromPureNoise(name, data, count);
            double ddim = FromPureNoise("ddim", data, count);
            Assert.True(solver < ddim, $"{name} with {count} steps is off by {solver:E1}, ddim by {ddim:E1}");
        }
    }

    [Theory, MemberData(nameof(StochasticSamplers))]
    public void Stochastic_runs_have_the_mean_and_variance_of_the_data(string name, double eta, double churn, int steps)
    {
        const double mean = 0.3;
        const double deviation = 0.5;
        var data = new GaussianData(Schedule, mean, deviation);
        using var sampler = SamplerFactory.Create(
            SamplerFactory.Parse(name), BetaTable.Linear(1000), TimestepRespacing.Parse($"{steps}", 1000),
                X0Transform.None,
            new SamplerSettings { Eta = eta, Churn = churn });
        using var noise = new NoiseSource([11], [3, 80, 84], 1, CPU);
        var x = noise.Draw().to(ScalarType.Float64);
        double[] found = TensorAssert.Numbers(SampleLoop.Run(sampler, data.Denoise, x,
            noise));
        double average = found.Average();
        double variance = found.Sum(value => (value - average) * (value - average)) / (found.Length - 1);
        Assert.Equal(20160, found.Length);
        Assert.InRange(average, mean - (MomentTolerance * deviation), mean + (MomentTolerance * deviation));
        Assert.InRange(variance, deviation * deviation * (1 - MomentTolerance), deviation * deviation
            * (1 + MomentTolerance));
    }

    [Fact]
    public void Inversion_comes_back_to_the_image()
    {
        var data = new GaussianData(Schedule, mean: 0.3, deviation: 0.5);
        var tables = new DiffusionTables(BetaTable.Linear(1000), TimestepRespacing.Parse("250", 1000));
        using var none = new FixedNoise(TensorAssert.Of(0));
        using var inverter = new DdimInverter(tables, X0Transform.None);
        using var sampler = new DdimSampler(tables, X0Transform.None);
        var image = TensorAssert.Of(-0.9, -0.3, 0, 0.4, 1);
        var noise = SampleLoop.Run(inverter, data.Denoise, image, none,
            new() { FromStep = 0, ToStep = tables.Count - 2 });
        TensorAssert.Close(data.Flow(image, tables.AlphasCumprod[0], tables.AlphasCumprod[^1]), noise, 0.05);
        var back = SampleLoop.Run(sampler, data.Denoise, noise, none);
        TensorAssert.Close(image, back, 0.03);
    }

    public void Dispose() => _scope.Dispose();

    // Stops one step before the end: the last step of every solver is of first order by design.
    private static double Error(string name, GaussianData data, double[] timesteps)
    {
        var tables = new DiffusionTables(Schedule, timesteps);
        using var sampler = SamplerFactory.Parse(name).Make(tables, X0Transform.None, SamplerSettings.Default);
        using var noise = new FixedNoise(TensorAssert.Of(0));
        var x = TensorAssert.Of(-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2);
        var found = SampleLoop.Run(sampler, data.Denoise, x, noise, new() { ToStep = 1 });
        return TensorAssert.Distance(data.Flow(x, tables.AlphasCumprod[^1], tables.AlphasCumprod[0]), found);
    }

    // The exact end of pure noise z is mean + deviation·z.
    private static double FromPureNoise(string name, GaussianData data, int count)
    {
        using var sampler = SamplerFactory.Create(
            SamplerFactory.Parse(name), BetaTable.SquaredCosine(1000), TimestepRespacing.Parse($"{count}", 1000),
                X0Transform.None);
        using var noise = new FixedNoise(TensorAssert.Of(0));
        var z = TensorAssert.Of(-2, -1, -0.5, 0, 0.5, 1, 2);
        return TensorAssert.Distance((z * 0.1) + 0.3,
            SampleLoop.Run(sampler, data.Denoise, z, noise));
    }

    private static double[] Grid(string spacing, int steps)
    {
        const double noisy = -3;
        const double clean = 3;
        if (spacing == "karras")
        {
            return TimestepSpacing.Timesteps(Schedule, TimestepRespacing.Parse($"{steps + 1}", 1000),
                SpacingKind.Karras, capped: true);
        }
        double first = Schedule.TimestepOf(clean);
        double last = Schedule.TimestepOf(noisy);
        return [.. Enumerable.Range(0, steps + 1).Select(i => (double)i / steps).Select(u => spacing == "time"
            ? first + (u * (last - first))
            : Schedule.TimestepOf(clean + (u * (noisy - clean))))];
    }

    private static double Slope(double[] xs, double[] ys)
    {
        double x = xs.Average();
        double y = ys.Average();
        return xs.Zip(ys, (a, b) => (a - x) * (b - y)).Sum() / xs.Sum(a => (a - x) * (a - x));
    }
}
