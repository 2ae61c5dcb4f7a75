using Glide.Datasets;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Training;

/// <summary>What networks learn: turns captioned images into a loss.</summary>
internal interface IObjective : IDisposable
{
    /// <summary>What is trained, by name.</summary>
    IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    /// <summary>How the timesteps of images are chosen.</summary>
    TimestepSampler Timesteps { get; }

    /// <summary>The loss of a batch; the caller disposes it after the backward pass.</summary>
    BatchLoss Loss(TrainingBatch batch, StepRandom random);

    /// <summary>Called after each step of the optimizer.</summary>
    void AfterStep()
    {
    }
}

/// <summary>The loss of a batch.</summary>
/// <param name="Mean">What is minimized, a scalar with its graph.</param>
/// <param name="Images">Images in the batch.</param>
internal sealed record BatchLoss(Tensor Mean, int Images) : IDisposable
{
    /// <summary>The timestep of each image.</summary>
    public long[] Timesteps { get; init; } = [];

    /// <summary>Mean squared error of each image's noise; empty for CLIP.</summary>
    public float[] Simple { get; init; } = [];

    /// <summary>Bits per dimension of each image; empty for CLIP.</summary>
    public float[] Bound { get; init; } = [];

    /// <summary>Images whose caption came first; <c>null</c> for U-Nets.</summary>
    public int? Right { get; init; }

    /// <summary>What the backward pass needs.</summary>
    public IDisposable? Pass { get; init; }

    public void Dispose()
    {
        Mean.Dispose();
        Pass?.Dispose();
    }
}
