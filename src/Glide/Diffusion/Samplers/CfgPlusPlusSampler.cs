using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Diffusion.Samplers;

/// <summary>
/// CFG++ around any sampler: each step is unconditional and then moved by the change that guidance makes to x₀.
/// </summary>
/// <remarks>
/// Chung et al. 2024, algorithm 2: x_prev = √ᾱ_prev·x₀(guided) + √(1 − ᾱ_prev)·ε(∅). With DDIM, the unconditional step
/// plus √ᾱ_prev·(x₀(guided) − x₀(∅)) is exactly this; other samplers use the same move.
/// </remarks>
internal sealed class CfgPlusPlusSampler(ISampler inner) : ISampler
{
    public DiffusionTables Tables => inner.Tables;

    public X0Transform Rule => inner.Rule;

    public int PassesOf(int step) => inner.PassesOf(step);

    public void Keep(int[] rows) => inner.Keep(rows);

    public Tensor Step(Denoiser denoise, Tensor x, int step, NoiseSource noise)
    {
        using var scope = NewDisposeScope();
        bool asked = false;
        Tensor? move = null;
        var next = inner.Step(Watched, x, step, noise);
        if (move is null)
            return next.MoveToOuterDisposeScope();
        using var moved = move;
        return next.Plus(moved.Times(Math.Sqrt(Tables.AlphasCumprodPrev[step]))).MoveToOuterDisposeScope();

        Prediction Watched(Tensor noisy, Tensor timestep)
        {
            var prediction = denoise(noisy, timestep);
            if (!asked && prediction.GuidedEps is not null)
            {
                // Churn raises the noise above the step's, so ᾱ is computed from the timestep of the call.
                double alphaBar = Tables.Trained.AlphaBar(timestep.select(0, 0).to(ScalarType.Float64).item<double>());
                using var watched = NewDisposeScope();
                var guided = Rule.Apply(DiffusionMath.PredictX0(noisy, prediction.GuidedEps, alphaBar));
                var unguided = Rule.Apply(DiffusionMath.PredictX0(noisy, prediction.Eps, alphaBar));
                move = (guided - unguided).DetachFromDisposeScope();
            }

            asked = true;
            return prediction with { GuidedEps = null };
        }
    }

    public void Dispose() => inner.Dispose();
}
