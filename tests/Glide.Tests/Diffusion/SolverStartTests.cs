using Glide.Diffusion;
using Glide.Diffusion.Samplers;
using Glide.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Tests.Diffusion;

/// <summary>How a solver's run begins: where, on which steps, and from noise without any signal in it.</summary>
[Collection(TorchCollection.Name)]
public sealed class SolverStartTests : IDisposable
{
    private static readonly double[] s_cosine = BetaTable.SquaredCosine(1000);

    private readonly DisposeScope _scope = NewDisposeScope();

    /// <summary>Name, churn, passes of 6 steps.</summary>
    public static TheoryData<string, double, int> Solvers => new()
    {
        { "dpmpp-2m", 0, 6 }, { "unipc", 0, 6 }, { "unipc-3", 0, 6 }, { "heun", 0, 11 }, { "heun", 20, 11 },
            { "plms", 0, 7 },
    };

    public void Dispose() => _scope.Dispose();

    /// <remarks>
    /// The color that an image of 32 × 32 pixels has throughout is one number of 32 times the spread. Its exact
    /// solution from pure noise z is mean + deviation·z. Taking z for x at σ/α = 160 would miss it by
    /// deviation·mean/160 = 1; what is left with the signal put in are terms of second order and the steps' own error.
    /// </remarks>
    [Theory]
    [InlineData("dpmpp-2m")]
    [InlineData("unipc")]
    [InlineData("heun")]
    public void Pure_noise_comes_to_the_datas_own_quantile(string name)
    {
        const double mean = 0.3 * 32;
        const double deviation = 0.5 * 32;
        var data = new GaussianData(new NoiseSchedule(s_cosine), mean, deviation);
        using var sampler = Create(name, "400", new SamplerSettings { Spacing = SpacingKind.UniformLambda });
        using var noise = new FixedNoise(TensorAssert.Of(0));
        var z = TensorAssert.Of(-1, 0, 1);
        var found = SampleLoop.Run(sampler, data.Denoise, z, noise);
        TensorAssert.Close((z * deviation) + mean, found, 0.2);
    }

    [Theory, MemberData(nameof(Solvers))]
    public void The_start_costs_no_pass(string name, double churn, int passes)
    {
        int asked = 0;
        var data = new GaussianData(new NoiseSchedule(s_cosine), 0, 0.5);
        using var sampler = Create(name, "6", new SamplerSettings { Churn = churn });
        using var noise = new FixedNoise(TensorAssert.Of(0.1));
        int expected = Enumerable.Range(0, 6).Sum(sampler.PassesOf);
        using var found = SampleLoop.Run(sampler, Counted, TensorAssert.Of(0.5), noise);
        Assert.Equal(expected, asked);
        Assert.Equal(passes, asked);

        Prediction Counted(Tensor x, Tensor timestep)
        {
            asked++;
            return data.Denoise(x, timestep);
        }
    }

    [Fact]
    public void Solvers_start_from_pure_noise_only_where_the_schedule_is_cut()
    {
        using var cut = Create("unipc", "10");
        using var whole = SamplerFactory.Create(SamplerFactory.Parse("unipc"), BetaTable.Linear(1000),
            TimestepRespacing.Parse("10", 1000), X0Transform.None);
        using var published = Create("ddim", "10");
        Assert.IsType<PureNoiseStart>(cut);
        Assert.IsType<UniPcSampler>(whole);
        Assert.IsType<DdimSampler>(published);
    }

    [Fact]
    public void A_bare_count_lets_the_sampler_choose_its_steps()
    {
        var steps = TimestepSpacing.Timesteps(new NoiseSchedule(s_cosine), TimestepRespacing.Parse("10", 1000),
            SpacingKind.Balanced, capped: true);
        using var chosen = Create("dpmpp-2m", "10");
        using var named = Create("dpmpp-2m", "5,5");
        using var asked = Create("dpmpp-2m", "10", new SamplerSettings { Spacing = SpacingKind.Trained });
        using var published = Create("ddim", "10");
        Assert.Equal(steps, chosen.Tables.Timesteps);
        Assert.Equal([0, 125, 250, 374, 499, 500, 625, 750, 874, 995], named.Tables.Timesteps);
        Assert.Equal([0, 111, 222, 333, 444, 555, 666, 777, 888, 995], asked.Tables.Timesteps);
        Assert.Equal([0, 111, 222, 333, 444, 555, 666, 777, 888, 999], published.Tables.Timesteps);
    }

    private static ISampler Create(string name, string steps, SamplerSettings? settings = null) =>
        SamplerFactory.Create(SamplerFactory.Parse(name), s_cosine, TimestepRespacing.Parse(steps, 1000),
            X0Transform.None, settings);
}
