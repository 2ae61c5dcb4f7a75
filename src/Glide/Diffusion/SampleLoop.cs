using Glide.Diffusion.Samplers;
using static TorchSharp.torch;

namespace Glide.Diffusion;

/// <summary>The loop over the steps, with scopes, progress, previews and cancellation.</summary>
internal static class SampleLoop
{
    /// <summary>Runs a sampler from one step to another, both included.</summary>
    /// <param name="sampler">The sampler.</param>
    /// <param name="denoise">The network with its guidance.</param>
    /// <param name="x">Images with the noise of <paramref name="fromStep"/>, [N, C, H, W]; not disposed.</param>
    /// <param name="fromStep">First step to make; the last step of the tables for a whole run.</param>
    /// <param name="noise">One draw a step is taken from it.</param>
    /// <param name="toStep">Last step to make; if it is above <paramref name="fromStep"/> the loop goes up, as for inversion.</param>
    /// <param name="startStep">First step of the whole run if this is a later part of it, else null.</param>
    /// <param name="afterStep">Replaces x after each step; null leaves it.</param>
    /// <param name="preview">Called with each step and its predicted clean images; null saves the work.</param>
    /// <param name="progress">Called after every step.</param>
    /// <param name="cancellation">Checked before every step.</param>
    /// <returns>Images after <paramref name="toStep"/>; a new tensor.</returns>
    public static Tensor Run(
        ISampler sampler,
        Denoiser denoise,
        Tensor x,
        int fromStep,
        NoiseSource noise,
        int toStep = 0,
        int? startStep = null,
        StepHook? afterStep = null,
        Action<int, Tensor>? preview = null,
        IProgress<SamplingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        CheckStep(fromStep, nameof(fromStep));
        CheckStep(toStep, nameof(toStep));
        int first = startStep ?? fromStep;
        int direction = fromStep >= toStep ? -1 : 1;
        // A part of a descending run is followed by others down to step 0.
        int total = direction < 0 ? first + 1 : toStep - first + 1;
        var current = x.alias();
        try
        {
            for (int step = fromStep; step != toStep + direction; step += direction)
            {
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var previous = current;
                var next = sampler.Step(preview is null ? denoise : Watched(step), previous, step, noise);
                current = (afterStep is null ? next : afterStep(next, step)).MoveToOuterDisposeScope();
                previous.Dispose();
                progress?.Report(new SamplingProgress(Math.Abs(first - step) + 1, total));
            }
        }
        catch
        {
            current.Dispose();
            throw;
        }

        return current;

        // The first prediction of a step is the one at its start; later ones belong to a solver's inner stages.
        Denoiser Watched(int step)
        {
            bool seen = false;
            return (noisy, timestep) =>
            {
                var prediction = denoise(noisy, timestep);
                if (!seen)
                {
                    seen = true;
                    using var scope = NewDisposeScope();
                    var eps = prediction.GuidedEps ?? prediction.Eps;
                    var x0 = DiffusionMath.PredictX0(noisy, eps, sampler.Tables.AlphasCumprod[step]);
                    preview(step, sampler.Rule.Apply(x0));
                }

                return prediction;
            };
        }

        void CheckStep(int step, string name)
        {
            if (step < 0 || step >= sampler.Tables.Count)
                throw new ArgumentOutOfRangeException(name, step, $"The plan has steps 0 to {sampler.Tables.Count - 1}.");
        }
    }
}

/// <summary>Progress of a run.</summary>
/// <param name="Done">Finished steps.</param>
/// <param name="Total">Steps of the whole run.</param>
internal sealed record SamplingProgress(int Done, int Total);
