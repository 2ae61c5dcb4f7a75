using Glide.Diffusion;
using Glide.Images;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>
/// What a stage makes images from; the rows of all tensors belong to the same images. Whoever makes it keeps the
/// tensors.
/// </summary>
internal sealed record StageInputs
{
    /// <summary>How many times as wide as its input the image of an upsampler is.</summary>
    public const int UpsampleFactor = 4;

    public required IReadOnlyList<string> Prompts { get; init; }

    /// <summary>What stands in place of the empty prompt, one an image.</summary>
    public required IReadOnlyList<string> Negatives { get; init; }

    /// <summary>Further prompts of each image; <c>null</c> where none has any.</summary>
    public IReadOnlyList<IReadOnlyList<ComposedPrompt>>? Further { get; init; }

    /// <summary>From x and its timestep to the scaled gradient that guides; <c>null</c> for none.</summary>
    public Func<Tensor, Tensor, Tensor>? Gradient { get; init; }

    /// <summary>Images to be enlarged, [N, 3, h, w] in [−1, 1]; <c>null</c> for a base network.</summary>
    public Tensor? LowRes { get; init; }

    /// <summary>Seeds, one an image, for random numbers beside the images' own.</summary>
    public required IReadOnlyList<long> Seeds { get; init; }

    /// <summary>Images of which a part is known, [N, 3, H, W] in [−1, 1]; <c>null</c> where nothing is.</summary>
    public Tensor? KnownImage { get; init; }

    /// <summary>[N, 1, H, W], 1 where <see cref="KnownImage"/> is known.</summary>
    public Tensor? KnownMask { get; init; }

    /// <summary>Images that the run starts from, [N, 3, H, W] in [−1, 1]; <c>null</c> to start from noise.</summary>
    public Tensor? Start { get; init; }

    /// <summary>
    /// Prompts that the images' own are mixed with, one or <c>null</c> an image; <c>null</c> where none is.
    /// </summary>
    public IReadOnlyList<PromptBlend?>? Blends { get; init; }

    /// <summary>x of the first step, [N, 3, H, W]; <c>null</c> to start from the first draw.</summary>
    public Tensor? InvertedNoise { get; init; }

    /// <summary>
    /// How much of the way is gone from <see cref="InvertedNoise"/> to the first draw, one an image; <c>null</c>
    /// without one.
    /// </summary>
    public IReadOnlyList<double>? NoiseMixWeight { get; init; }

    /// <summary>[C, H, W] of images that are larger than the network's own; <c>null</c> for the network's.</summary>
    public IReadOnlyList<long>? Canvas { get; init; }

    /// <summary>How many windows of such an image go through the network together, from 1.</summary>
    public int WindowsAtOnce { get; init; } = 1;

    /// <summary>Prompts and seeds of some images.</summary>
    /// <param name="requests">The images.</param>
    /// <param name="composes">Whether further prompts guide on their own and are no part of the prompt.</param>
    public static StageInputs Of(IReadOnlyList<ImageRequest> requests, bool composes) => new()
    {
        Prompts = [.. requests.Select(request => composes ? request.Prompt : request.JoinedPrompt)],
        Negatives = [.. requests.Select(request => request.Negative)],
        Seeds = [.. requests.Select(request => request.Seed)],
        Further = composes && requests.Any(request => request.And.Guiding.Count > 0)
            ? [.. requests.Select(request => request.And.Guiding)]
            : null,
        Blends = requests.Any(request => request.Blend is not null)
            ? [.. requests.Select(request => request.Blend)]
            : null,
    };
}

/// <summary>The noise that requests bring along, as what a stage starts from.</summary>
internal static class InversionInputs
{
    /// <summary>Adds it to the rows; the tensors are the caller's scope's.</summary>
    /// <param name="rows">Prompts and all else.</param>
    /// <param name="requests">The same images: all with inverted noise, or none.</param>
    /// <param name="device">Where the network is.</param>
    public static StageInputs Add(StageInputs rows, IReadOnlyList<ImageRequest> requests, Device device)
    {
        if (requests[0].InvertedNoise is null)
            return rows;
        using var scope = NewDisposeScope();
        return rows with
        {
            InvertedNoise = cat(requests.Select(request => request.InvertedNoise!.ToTensor()).ToArray(), dim: 0).to(
                device).MoveToOuterDisposeScope(),
            NoiseMixWeight = [.. requests.Select(request => request.NoiseMixWeight)],
        };
    }

    /// <summary>x of the first step.</summary>
    /// <param name="inverted">[N, 3, H, W].</param>
    /// <param name="noise">The first draw, of the same shape.</param>
    /// <param name="mixWeight">Interpolation weights from inverted to noise, one an image.</param>
    public static Tensor Begin(Tensor inverted, Tensor noise, IReadOnlyList<double> mixWeight) =>
        cat([.. mixWeight.Select((amount, row) =>
            Slerp.Of(inverted.narrow(0, row, 1), noise.narrow(0, row, 1), amount))], dim: 0);
}

/// <summary>Images on their way to the next stage, with the generators that go on there.</summary>
internal sealed record BaseSamples(ImageRequest[] Requests, int[] Numbers, RgbImage[] Images, NoiseSource Noise,
    TimeSpan Time) : IDisposable
{
    /// <summary>The first stage's images.</summary>
    public RgbImage[] Small { get; init; } = Images;

    public int StagesDone { get; init; } = 1;

    /// <summary>CLIP's scores of the images, where they were asked for.</summary>
    public double[]? Scores { get; init; }

    public double[]? CullScores { get; init; }

    /// <summary>Some of the images; takes the generators over.</summary>
    public BaseSamples Keep(int[] rows) => this with
    {
        Requests = [.. rows.Select(row => Requests[row])],
        Numbers = [.. rows.Select(row => Numbers[row])],
        Images = [.. rows.Select(row => Images[row])],
        Small = [.. rows.Select(row => Small[row])],
        Scores = [.. rows.Select(row => Scores![row])],
        CullScores = CullScores is null ? null : [.. rows.Select(row => CullScores[row])],
        Noise = Noise.Keep(rows),
    };

    public void Dispose() => Noise.Dispose();
}
