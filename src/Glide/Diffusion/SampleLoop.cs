using Glide.Diffusion.Samplers;
using static TorchSharp.torch;

namespace Glide.Diffusion;

/// <summary>The one loop over the steps: scopes, progress, previews and cancellation.</summary>
internal static class SampleLoop
{
    /// <summary>Runs a sampler from one step to another, both included; without options, through all of them.</summary>
    /// <param name="sampler">The sampler.</param>
    /// <param name="denoise">The network with its guidance.</param>
    /// <param name="x">Images with the noise of the first step, [N, C, H, W]; the caller keeps it.</param>
    /// <param name="noise">One draw is taken from it per step.</param>
    /// <param name="options">Where the run begins and ends, and what is called on the way.</param>
    /// <returns>Images after the last step; a fresh tensor.</returns>
    public static Tensor Run(
        ISampler sampler, Denoiser denoise, Tensor x, NoiseSource noise, SampleLoopOptions? options = null)
    {
        options ??= new SampleLoopOptions();
        int fromStep = options.FromStep ?? sampler.Tables.Count - 1, toStep = options.ToStep;
        CheckStep(fromStep, nameof(options.FromStep));
        CheckStep(toStep, nameof(options.ToStep));
        int first = options.StartStep ?? fromStep;
        int direction = fromStep >= toStep ? -1 : 1;
        // A part of a run that descends is followed by others down to step 0.
        int total = direction < 0 ? first + 1 : toStep - first + 1;
        var current = x.alias();
        try
        {
            for (int step = fromStep; step != toStep + direction; step += direction)
            {
                options.Cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var previous = current;
                var next = sampler.Step(options.Preview is null ? denoise : Watched(step), previous, step, noise);
                current = (options.AfterStep is null ? next : options.AfterStep(next, step)).MoveToOuterDisposeScope();
                previous.Dispose();
                options.Progress?.Report(new SamplingProgress(Math.Abs(first - step) + 1, total));
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
                    options.Preview!(step, sampler.Rule.Apply(x0));
                }

                return prediction;
            };
        }

        void CheckStep(int step, string name)
        {
            if (step < 0 || step >= sampler.Tables.Count)
            {
                throw new ArgumentOutOfRangeException(name, step,
                    $"The plan has steps 0 to {sampler.Tables.Count - 1}.");
            }
        }
    }
}

/// <summary>How far a run is.</summary>
/// <param name="Done">Finished steps.</param>
/// <param name="Total">Steps of the whole run.</param>
internal sealed record SamplingProgress(int Done, int Total);

/// <summary>Where a run begins and ends, and what is called on the way.</summary>
internal sealed record SampleLoopOptions
{
    /// <summary>First step to make; <c>null</c> for the noisiest.</summary>
    public int? FromStep { get; init; }

    /// <summary>Last step to make; above the first step the loop climbs, as inversion does.</summary>
    public int ToStep { get; init; }

    /// <summary>Where the whole run began, when this is a later part of it; <c>null</c> when it is not.</summary>
    public int? StartStep { get; init; }

    /// <summary>Replaces x after each step; <c>null</c> leaves it.</summary>
    public StepHook? AfterStep { get; init; }

    /// <summary>Called at each step with its number and the predicted x₀; <c>null</c> saves the work.</summary>
    public Action<int, Tensor>? Preview { get; init; }

    /// <summary>Called after every step.</summary>
    public IProgress<SamplingProgress>? Progress { get; init; }

    /// <summary>Checked before every step.</summary>
    public CancellationToken Cancellation { get; init; }
}

/// <summary>Reports at once, in order and on the caller's thread, unlike <see cref="Progress{T}"/>.</summary>
internal sealed class ImmediateProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
