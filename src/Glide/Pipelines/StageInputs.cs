using Glide.Inversion;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>What a stage makes images from; the rows of all tensors belong to the same images. Whoever makes it keeps the tensors.</summary>
internal sealed record StageInputs
{
    /// <summary>Prompts, one an image.</summary>
    public required IReadOnlyList<string> Prompts { get; init; }

    /// <summary>What stands in place of the empty prompt, one an image.</summary>
    public required IReadOnlyList<string> Negatives { get; init; }

    /// <summary>From x and its timestep to the scaled gradient that guides; <c>null</c> for none.</summary>
    public Func<Tensor, Tensor, Tensor>? Gradient { get; init; }

    /// <summary>Images to be enlarged, [N, 3, s, s] in [−1, 1]; <c>null</c> for a base network.</summary>
    public Tensor? LowRes { get; init; }

    /// <summary>Seeds, one an image, for random numbers beside the images' own.</summary>
    public required IReadOnlyList<long> Seeds { get; init; }

    /// <summary>Images of which a part is known, [N, 3, S, S] in [−1, 1]; <c>null</c> where nothing is.</summary>
    public Tensor? KnownImage { get; init; }

    /// <summary>[N, 1, S, S], 1 where <see cref="KnownImage"/> is known.</summary>
    public Tensor? KnownMask { get; init; }

    /// <summary>Images that the run starts from, [N, 3, S, S] in [−1, 1]; <c>null</c> to start from noise.</summary>
    public Tensor? Start { get; init; }

    /// <summary>Prompts that the images' own are mixed with, one or <c>null</c> an image; <c>null</c> where none is.</summary>
    public IReadOnlyList<PromptBlend?>? Blends { get; init; }

    /// <summary>x of the first step, [N, 3, S, S]; <c>null</c> to start from the first draw.</summary>
    public Tensor? InvertedNoise { get; init; }

    /// <summary>How much of the way is gone from <see cref="InvertedNoise"/> to the first draw, one an image; <c>null</c> without one.</summary>
    public IReadOnlyList<double>? NoiseMixWeight { get; init; }

    /// <summary>[C, H, W] of images that are larger than the network's own; <c>null</c> for the network's.</summary>
    public IReadOnlyList<long>? Canvas { get; init; }

    /// <summary>How many windows of such an image go through the network together, from 1.</summary>
    public int WindowsAtOnce { get; init; } = 1;
}
