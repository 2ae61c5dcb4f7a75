using static TorchSharp.torch;

namespace Glide.Diffusion.Samplers;

/// <summary>
/// Corrects the start of a sampler whose steps begin below the noisiest trained one: its first x is pure noise.
/// </summary>
/// <remarks>
/// A run's first noise z has no signal in it, but x at the first step's noise is α·x₀ + σ·z. The missing α·x₀ is small
/// (α is 1/160 where the cosine schedule is cut) and still shows in an image's overall color, at any number of steps.
/// So x becomes α·x₀ + σ·z with the first prediction of x₀, as if the step had started at α = 0. This costs no
/// pass: the sampler's first denoiser call gets the same x₀.
/// </remarks>
internal sealed class PureNoiseStart(ISampler inner) : ISampler
{
    public DiffusionTables Tables => inner.Tables;

    public X0Transform Rule => inner.Rule;

    public int PassesOf(int step) => inner.PassesOf(step);

    public void Keep(int[] rows) => inner.Keep(rows);

    public Tensor Step(Denoiser denoise, Tensor x, int step, NoiseSource noise)
    {
        if (step < Tables.Count - 1)
            return inner.Step(denoise, x, step, noise);

        using var scope = NewDisposeScope();
        double alphaBar = Tables.AlphasCumprod[step];
        var clean = DenoisedPrediction.Predict(
            denoise, x, Tables.Timesteps[step], alphaBar, Rule, knownPixelsLast: true);
        bool answered = false;
        return inner.Step(Answer, DiffusionMath.AddNoise(clean.X0, x, alphaBar), step, noise).MoveToOuterDisposeScope();

        Prediction Answer(Tensor noisy, Tensor timestep)
        {
            if (answered)
                return denoise(noisy, timestep);
            answered = true;
            // Churn raises the noise above the step's, so ᾱ is computed from the timestep of the call.
            double alphaBarOfNoisy = Tables.Trained.AlphaBar(
                timestep.select(0, 0).to(ScalarType.Float64).item<double>());
            return new Prediction(DiffusionMath.PredictEps(noisy, clean.X0, alphaBarOfNoisy), null);
        }
    }

    public void Dispose() => inner.Dispose();
}
