using Glide.Diffusion;
using Glide.Diffusion.Samplers;
using Glide.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Tests.Diffusion;

/// <summary>Single steps against numbers worked out from the papers' equations, in float64.</summary>
/// <remarks>
/// The schedule has ᾱ = 0.9, 0.5, 0.2, 0.05. The denoiser says ε = 0.3 + 0.1·timestep whatever x is; x starts at 0.7.
/// </remarks>
[Collection(TorchCollection.Name)]
public sealed class SolverFormulaTests : IDisposable
{
    private const double Tolerance = 1e-12;
    private const double Start = 0.7;
    private const double Draw = -1.25;

    private static readonly double[] AlphaBars = [0.9, 0.5, 0.2, 0.05];

    private readonly DisposeScope _scope = NewDisposeScope();

    [Fact]
    public void Dpm_solver_2m_follows_algorithm_2()
    {
        // Step 3 → 2 is of first order: x = σ′/σ·x − α′·(e^(−h) − 1)·D.
        double x = Start;
        double d3 = X0(x, 3);
        double h3 = Lambda(2) - Lambda(3);
        x = (Sigma(2) / Sigma(3) * x) - (Alpha(2) * (Math.Exp(-h3) - 1) * d3);
        double first = x;

        // Step 2 → 1: D = (1 + 1/(2r))·x₀(2) − 1/(2r)·x₀(3), r = h(before)/h.
        double d2 = X0(x, 2);
        double h2 = Lambda(1) - Lambda(2);
        double r = h3 / h2;
        double d = ((1 + (1 / (2 * r))) * d2) - (1 / (2 * r) * d3);
        x = (Sigma(1) / Sigma(2) * x) - (Alpha(1) * (Math.Exp(-h2) - 1) * d);
        double second = x;

        // Step 1 → 0 is of first order again: the run has few steps.
        double h1 = Lambda(0) - Lambda(1);
        x = (Sigma(0) / Sigma(1) * x) - (Alpha(0) * (Math.Exp(-h1) - 1) * X0(x, 1));
        Expect("dpmpp-2m", first, second, x);
    }

    [Theory]
    [InlineData(2, 3, 10, 2)]
    [InlineData(3, 2, 10, 2)]
    [InlineData(3, 1, 10, 1)]
    [InlineData(2, 1, 11, 2)]
    public void The_order_falls_at_the_end_of_runs_of_few_steps(int order, int step, int count, int expected) =>
        Assert.Equal(expected, LowerOrderFinal.Of(order, step, count));

    [Fact]
    public void Dpm_solver_2m_sde_adds_the_noise_that_the_reverse_sde_asks_for()
    {
        // Lu et al. 2022: x = σ′/σ·e^(−h)·x + α′(1 − e^(−2h))·x₀ + ½·α′(1 − e^(−2h))·(x₀ − x₀ before)/r + σ′√(1 −
        // e^(−2h))·z.
        double x = Start;
        double d3 = X0(x, 3);
        double h3 = Lambda(2) - Lambda(3);
        double share = 1 - Math.Exp(-2 * h3);
        x = (Sigma(2) / Sigma(3) * Math.Exp(-h3) * x) + (Alpha(2) * share * d3) + (Sigma(2) * Math.Sqrt(share) * Draw);
        double first = x;

        double d2 = X0(x, 2);
        double h2 = Lambda(1) - Lambda(2);
        share = 1 - Math.Exp(-2 * h2);
        x = (Sigma(1) / Sigma(2) * Math.Exp(-h2) * x) + (Alpha(1) * share * d2)
            + (0.5 * Alpha(1) * share * (d2 - d3) / (h3 / h2)) + (Sigma(1) * Math.Sqrt(share) * Draw);
        Expect("dpmpp-2m-sde", first, x);
    }

    [Theory]
    [InlineData("unipc", false)]
    [InlineData("unipc-b1", true)]
    public void Unipc_predicts_and_corrects_as_algorithms_5_to_8(string name, bool linear)
    {
        // Step 3 → 2: UniP-1.
        double x3 = Start;
        double d3 = X0(x3, 3);
        double h3 = Lambda(2) - Lambda(3);
        double b3 = linear ? -h3 : Math.Exp(-h3) - 1;
        double basis = (Sigma(2) / Sigma(3) * x3) - (Alpha(2) * (Math.Exp(-h3) - 1) * d3);
        double first = basis;

        // At 2: UniC-1 with ρ = 1/2, then UniP-2 with ρ = 1/2 and D1 = (x₀(3) − x₀(2))/r, r = (λ3 − λ2)/h.
        double d2 = X0(first, 2);
        double corrected = basis - (Alpha(2) * b3 * 0.5 * (d2 - d3));
        double h2 = Lambda(1) - Lambda(2);
        double b2 = linear ? -h2 : Math.Exp(-h2) - 1;
        double r = (Lambda(3) - Lambda(2)) / h2;
        double basis2 = (Sigma(1) / Sigma(2) * corrected) - (Alpha(1) * (Math.Exp(-h2) - 1) * d2);
        double second = basis2 - (Alpha(1) * b2 * 0.5 * (d3 - d2) / r);

        // At 1: UniC-2, ρ from the two equations ρ1 + ρ2 = b1, r·ρ1 + ρ2 = b2 (eq. 5), h → −h for data prediction.
        double d1 = X0(second, 1);
        double phi1 = (Math.Exp(-h2) - 1) / -h2;
        double phi2 = (phi1 - 1) / -h2;
        double phi3 = (phi2 - 0.5) / -h2;
        double right1 = -h2 * phi2 / b2;
        double right2 = -h2 * phi3 * 2 / b2;
        double rho1 = (right1 - right2) / (1 - r);
        double rho2 = right1 - rho1;
        double corrected2 = basis2 - (Alpha(1) * b2 * ((rho1 * (d3 - d2) / r) + (rho2 * (d1 - d2))));

        // Step 1 → 0: UniP-1, as the order falls at the end of a run of so few steps.
        double h1 = Lambda(0) - Lambda(1);
        double third = (Sigma(0) / Sigma(1) * corrected2) - (Alpha(0) * (Math.Exp(-h1) - 1) * d1);
        Expect(name, first, second, third);
    }

    [Fact]
    public void Heun_follows_algorithm_1()
    {
        // y = x/α, ς = σ/α, d = (y − D)/ς = ε.
        double y = Start / Alpha(3);
        double slope = Eps(3);
        double euler = y + ((Ratio(2) - Ratio(3)) * slope);
        Assert.True(double.IsFinite(euler));
        double first = Alpha(2) * (y + ((Ratio(2) - Ratio(3)) * 0.5 * (slope + Eps(2))));
        double second = Alpha(1) * ((first / Alpha(2)) + ((Ratio(1) - Ratio(2)) * 0.5 * (Eps(2) + Eps(1))));
        Expect("heun", first, second);
    }

    [Fact]
    public void Heun_with_churn_raises_the_noise_as_algorithm_2()
    {
        // γ = min(churn / N, √2 − 1); ς̂ = (1 + γ)·ς, ŷ = y + √(ς̂² − ς²)·z. At step 2, so that ς̂ lies inside the
        // table.
        const double churn = 0.4;
        double gamma = churn / AlphaBars.Length;
        double raised = (1 + gamma) * Ratio(2);
        double alphaRaised = 1 / Math.Sqrt(1 + (raised * raised));
        double timestep = TimestepOf(alphaRaised * alphaRaised);
        double y = (Start / Alpha(2)) + (Math.Sqrt((raised * raised) - (Ratio(2) * Ratio(2))) * Draw);
        double slope = 0.3 + (0.1 * timestep);
        double expected = Alpha(1) * (y + ((Ratio(1) - raised) * 0.5 * (slope + Eps(1))));

        using var sampler = new HeunSampler(Tables(), X0Transform.None, churn);
        using var noise = new FixedNoise(TensorAssert.Of(Draw));
        var found = sampler.Step(Denoise, TensorAssert.Of(Start), 2, noise);
        Assert.Equal(expected, TensorAssert.Numbers(found)[0], 1e-9);
        Assert.Equal(1, noise.Draws);
    }

    [Fact]
    public void Plms_starts_with_improved_euler_and_goes_on_with_two_predictions()
    {
        double x = Transfer(Start, (Eps(3) + Eps(2)) / 2, 3);
        double first = x;
        double second = Transfer(first, ((3 * Eps(2)) - Eps(3)) / 2, 2);
        double third = Transfer(second, ((3 * Eps(1)) - Eps(2)) / 2, 1);
        Expect("plms", first, second, third);
    }

    [Fact]
    public void Plms_keeps_what_it_extrapolates_in_range()
    {
        // In step 2 the prediction itself means x₀ = 0.99, but (3·ε(2) − ε(3))/2 means 1.09: the rule makes 1 of it.
        double x = (0.99 * Alpha(2)) + (Sigma(2) * Eps(2));
        var tables = Tables();
        using var sampler = SamplerFactory.Parse("plms").Make(tables, X0Transform.Clamp, SamplerSettings.Default);
        using var noise = new FixedNoise(TensorAssert.Of(Draw));
        sampler.Step(Denoise, TensorAssert.Of(Start), 3, noise);
        double found = TensorAssert.Numbers(sampler.Step(Denoise, TensorAssert.Of(x), 2, noise))[0];
        Assert.Equal(Alpha(1) + (Sigma(1) * (x - Alpha(2)) / Sigma(2)), found, Tolerance);
    }

    [Fact]
    public void Unipc_of_order_3_solves_the_papers_system()
    {
        // Σ ρ·r^k must equal k!·h·φ_(k+1)(−h)… for k = 1, 2, 3 with r = −1, −2, 1 and h = 0.5.
        double h = 0.5;
        var step = new UniPcStep([-1, -2], h, alphaNext: 1, UniPcVariant.B2);
        double b = Math.Exp(-h) - 1;
        double[] rho = [step.CorrectorWeights[0] / b, step.CorrectorWeights[1] / b * 2, -step.CorrectorNewWeight / b];
        double phi1 = (Math.Exp(-h) - 1) / -h;
        double phi2 = (phi1 - 1) / -h;
        double phi3 = (phi2 - 0.5) / -h;
        double phi4 = (phi3 - (1.0 / 6)) / -h;
        double[] right = [-h * phi2 / b, -h * phi3 * 2 / b, -h * phi4 * 6 / b];
        double[] r = [-1, -2, 1];
        for (int k = 0; k < 3; k++)
            Assert.Equal(right[k], Enumerable.Range(0, 3).Sum(i => rho[i] * Math.Pow(r[i], k)), 1e-10);
    }

    [Theory]
    [InlineData("dpmpp-2m")]
    [InlineData("dpmpp-2m-sde")]
    [InlineData("unipc-3")]
    [InlineData("heun")]
    [InlineData("plms")]
    public void The_last_step_is_x0_itself(string name)
    {
        using var sampler = SamplerFactory.Parse(name).Make(Tables(), X0Transform.None, SamplerSettings.Default);
        using var noise = new FixedNoise(TensorAssert.Of(Draw));
        var found = sampler.Step(Denoise, TensorAssert.Of(Start), 0, noise);
        Assert.Equal(X0(Start, 0), TensorAssert.Numbers(found)[0], Tolerance);
        Assert.Equal((0, 1), (noise.Draws, noise.Skips));
    }

    public void Dispose() => _scope.Dispose();

    private static void Expect(string name, params double[] expected)
    {
        using var sampler = SamplerFactory.Parse(name).Make(Tables(), X0Transform.None, SamplerSettings.Default);
        using var noise = new FixedNoise(TensorAssert.Of(Draw));
        var x = TensorAssert.Of(Start);
        for (int i = 0; i < expected.Length; i++)
        {
            x = sampler.Step(Denoise, x, 3 - i, noise);
            Assert.Equal(expected[i], TensorAssert.Numbers(x)[0], Tolerance);
        }
    }

    private static Prediction Denoise(Tensor x, Tensor timestep) =>
        new(zeros_like(x) + 0.3 + (0.1 * TensorAssert.Numbers(timestep)[0]), null);

    private static DiffusionTables Tables()
    {
        double[] betas = [.. AlphaBars.Select((alphaBar, i) => 1 - (alphaBar / (i == 0 ? 1 : AlphaBars[i - 1])))];
        return new DiffusionTables(betas, TimestepRespacing.Parse("4", 4));
    }

    private static double Alpha(int step) => Math.Sqrt(AlphaBars[step]);

    private static double Sigma(int step) => Math.Sqrt(1 - AlphaBars[step]);

    private static double Ratio(int step) => Sigma(step) / Alpha(step);

    private static double Lambda(int step) => Math.Log(Alpha(step) / Sigma(step));

    private static double Eps(int step) => 0.3 + (0.1 * step);

    private static double X0(double x, int step) => (x - (Sigma(step) * Eps(step))) / Alpha(step);

    private static double Transfer(double x, double eps, int step) =>
        (Alpha(step - 1) * (x - (Sigma(step) * eps)) / Alpha(step)) + (Sigma(step - 1) * eps);

    // Between steps 2 and 3, where ln ᾱ is a straight line.
    private static double TimestepOf(double alphaBar) =>
        2 + ((Math.Log(AlphaBars[2]) - Math.Log(alphaBar)) / (Math.Log(AlphaBars[2]) - Math.Log(AlphaBars[3])));
}
