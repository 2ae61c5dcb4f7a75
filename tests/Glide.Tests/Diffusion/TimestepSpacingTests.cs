using Glide.Diffusion;

namespace Glide.Tests.Diffusion;

public sealed class TimestepSpacingTests
{
    /// <summary>ln ᾱ near step 0 is known to about 1e-12 relative.</summary>
    private const double Tolerance = 1e-9;

    private static readonly NoiseSchedule Cosine = new(BetaTable.SquaredCosine(1000));
    private static readonly NoiseSchedule Line = new(BetaTable.Linear(1000));

    [Fact]
    public void The_cosine_schedule_is_nearly_singular_at_its_end()
    {
        Assert.Equal(20291, Math.Exp(-NoiseSchedule.Lambda(Cosine.AlphasCumprod[999])), 0.5);
        Assert.Equal(160, Math.Exp(-NoiseSchedule.Lambda(Cosine.AlphasCumprod[995])), 0.5);
        Assert.Equal(995, Cosine.LastStepAtLeast(TimestepSpacing.MinLambda));
        Assert.Equal(999, Line.LastStepAtLeast(TimestepSpacing.MinLambda));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.25)]
    [InlineData(17.0)]
    [InlineData(512.9)]
    [InlineData(994.999)]
    public void TimestepOf_inverts_AlphaBar(double timestep)
    {
        foreach (var schedule in new[] { Cosine, Line })
            Assert.Equal(timestep, schedule.TimestepOf(NoiseSchedule.Lambda(schedule.AlphaBar(timestep))), 1e-6);
    }

    [Fact]
    public void Between_two_steps_the_logarithm_of_alphaBar_is_a_straight_line() =>
        Assert.Equal(Math.Sqrt(Cosine.AlphasCumprod[40] * Cosine.AlphasCumprod[41]), Cosine.AlphaBar(40.5), Tolerance);

    [Fact]
    public void Trained_spacing_is_the_plan_itself()
    {
        var plan = TimestepRespacing.Parse("20", 1000);
        Assert.Equal(plan.Timesteps.Select(t => (double)t),
            TimestepSpacing.Timesteps(Cosine, plan, SpacingKind.Trained, capped: false));
    }

    [Fact]
    public void A_capped_run_starts_at_step_995_of_the_cosine_schedule()
    {
        Assert.Equal(995, TimestepSpacing.Timesteps(Cosine, TimestepRespacing.Parse("20", 1000), SpacingKind.Trained,
            capped: true)[^1]);
        Assert.Equal(996, TimestepSpacing.Timesteps(Cosine, TimestepRespacing.Parse("1000", 1000), SpacingKind.Trained,
            capped: true).Length);
        Assert.Equal(999, TimestepSpacing.Timesteps(Line, TimestepRespacing.Parse("20", 1000), SpacingKind.Trained,
            capped: true)[^1]);
    }

    [Fact]
    public void Uniform_spacings_are_uniform()
    {
        var plan = TimestepRespacing.Parse("11", 1000);
        double[] times = TimestepSpacing.Timesteps(Cosine, plan, SpacingKind.UniformTime, capped: true);
        Assert.All(Enumerable.Range(0, 11), i => Assert.Equal(99.5 * i, times[i], Tolerance));

        double[] lambdas = new DiffusionTables(Cosine,
            TimestepSpacing.Timesteps(Cosine, plan, SpacingKind.UniformLambda, capped: true)).Lambdas;
        double stride = (lambdas[10] - lambdas[0]) / 10;
        Assert.All(Enumerable.Range(0, 11), i => Assert.Equal(lambdas[0] + (stride * i), lambdas[i], 1e-8));
    }

    [Fact]
    public void Karras_spacing_is_uniform_in_the_seventh_root_and_starts_at_160()
    {
        double[] times = TimestepSpacing.Timesteps(Cosine, TimestepRespacing.Parse("9", 1000), SpacingKind.Karras,
            capped: true);
        double[] roots = [.. new DiffusionTables(Cosine, times).Lambdas.Select(lambda => Math.Exp(-lambda / 7))];
        Assert.Equal(160, Math.Pow(roots[^1], 7), 1e-4);
        double stride = (roots[8] - roots[0]) / 8;
        Assert.All(Enumerable.Range(0, 9), i => Assert.Equal(roots[0] + (stride * i), roots[i], 1e-7));
    }

    [Theory]
    [InlineData("balanced", 0.3, 0.7)]
    [InlineData("middle", 0.6, 0.4)]
    public void Mixed_spacings_are_uniform_in_shares_of_time_and_lambda(string spacing, double shareOfTime,
        double shareOfLambda)
    {
        foreach (var schedule in new[] { Cosine, Line })
        {
            double[] times = TimestepSpacing.Timesteps(schedule, TimestepRespacing.Parse("8", 1000),
                TimestepSpacing.ParseSpacing(spacing), capped: true);
            double[] lambdas = new DiffusionTables(schedule, times).Lambdas;
            double clean = NoiseSchedule.Lambda(schedule.AlphaBar(0));
            Assert.Equal(schedule.LastStepAtLeast(TimestepSpacing.MinLambda), times[^1], Tolerance);
            for (int i = 0; i < 8; i++)
            {
                Assert.Equal((i + 1) / 8.0, (shareOfTime * times[i] / times[^1])
                    + (shareOfLambda * (clean - lambdas[i]) / (clean - lambdas[^1])), Tolerance);
            }
        }
    }

    [Theory]
    [InlineData("1", new double[] { 995 })]
    [InlineData("2", new double[] { 0, 995 })]
    public void Few_steps_keep_the_noisy_end(string steps, double[] byTime)
    {
        Assert.Equal(byTime, TimestepSpacing.Timesteps(Cosine, TimestepRespacing.Parse(steps, 1000),
            SpacingKind.UniformTime, capped: true));
        Assert.Equal(995, TimestepSpacing.Timesteps(Cosine, TimestepRespacing.Parse(steps, 1000), SpacingKind.Balanced,
            capped: true)[^1], Tolerance);
    }

    [Fact]
    public void An_unknown_spacing_names_the_known_ones()
    {
        var error = Assert.Throws<UsageException>(() => TimestepSpacing.ParseSpacing("even"));
        Assert.Contains("trained, time, lambda, karras, balanced, middle", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.001, 1)]
    [InlineData(0.6, 60)]
    [InlineData(1, 100)]
    public void Strength_says_how_many_steps_are_made(double strength, int expected) =>
        Assert.Equal(expected, new DiffusionTables(BetaTable.SquaredCosine(1000), TimestepRespacing.Parse("100", 1000))
            .StepsForStrength(strength));
}
