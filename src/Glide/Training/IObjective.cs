using Glide.Datasets;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Training;

/// <summary>What networks learn: turns captioned images into a loss.</summary>
internal interface IObjective : IDisposable
{
    /// <summary>What is trained, by name.</summary>
    IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    /// <summary>Trained steps of the diffusion process.</summary>
    int TimestepCount { get; }

    /// <summary>What is measured of each image beside the loss, by the names of the log.</summary>
    IReadOnlyList<string> Terms { get; }

    /// <summary>Whether the loss of every batch of a size is the same operations, as a recording needs.</summary>
    bool IsRecordable { get; }

    /// <summary>Everything random about a batch, on the device of the network.</summary>
    /// <param name="batch">Images with captions.</param>
    /// <param name="timesteps">The timestep of each image and its weight.</param>
    /// <param name="random">Source of chance.</param>
    /// <returns>The tensors that <see cref="Loss"/> takes; the caller's.</returns>
    IReadOnlyList<Tensor> Draw(TrainingBatch batch, TimestepDraw timesteps, StepRandom random);

    /// <summary>The loss of a batch; the caller disposes it after the backward pass.</summary>
    /// <param name="inputs">What <see cref="Draw"/> returned.</param>
    /// <param name="random">Source of chance in the network.</param>
    BatchLoss Loss(IReadOnlyList<Tensor> inputs, StepRandom random);

    /// <summary>Called after each step of the optimizer.</summary>
    void AfterStep()
    {
    }
}

/// <summary>The loss of a batch.</summary>
/// <param name="Mean">What is minimized, a scalar with its graph.</param>
/// <param name="Terms">As many as <see cref="IObjective.Terms"/>, each [N] float32 without a graph.</param>
internal sealed record BatchLoss(Tensor Mean, IReadOnlyList<Tensor> Terms) : IDisposable
{
    /// <summary>What the backward pass needs.</summary>
    public IDisposable? Pass { get; init; }

    public void Dispose()
    {
        Mean.Dispose();
        foreach (var term in Terms)
            term.Dispose();
        Pass?.Dispose();
    }
}
