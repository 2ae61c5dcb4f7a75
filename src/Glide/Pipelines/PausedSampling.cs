using Glide.Diffusion.Samplers;
using Glide.Diffusion;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>Images between two steps of a stage, with what their sampler remembers. Owns both.</summary>
internal sealed class PausedSampling : IDisposable
{
    /// <param name="sampler">Owned from now on.</param>
    /// <param name="x">Noisy images, [N, 3, S, S]; owned from now on.</param>
    /// <param name="nextStep">The step that is made next.</param>
    public PausedSampling(ISampler sampler, Tensor x, int nextStep)
    {
        Sampler = sampler;
        X = x.DetachFromDisposeScope();
        NextStep = nextStep;
    }

    /// <summary>Goes on with them.</summary>
    public ISampler Sampler { get; }

    /// <summary>The images with the noise of <see cref="NextStep"/>, [N, 3, S, S].</summary>
    public Tensor X { get; private set; }

    /// <summary>The step that is made next.</summary>
    public int NextStep { get; }

    /// <summary>Steps that are made.</summary>
    public int Done => Sampler.Tables.Count - 1 - NextStep;

    /// <summary>How noisy they are, in the numbering of the trained steps.</summary>
    public double Timestep => Sampler.Tables.Timesteps[NextStep];

    /// <summary>Drops the images that are not named and orders the rest as named.</summary>
    public void Keep(int[] rows)
    {
        using var all = X;
        X = DiffusionMath.KeepRows(all, rows).DetachFromDisposeScope();
        Sampler.Keep(rows);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Sampler.Dispose();
        X.Dispose();
    }
}
