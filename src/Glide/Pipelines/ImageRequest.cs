using Glide.Images;

namespace Glide.Pipelines;

/// <summary>One image to be made.</summary>
/// <param name="Prompt">What it shows; empty for an unconditional one.</param>
/// <param name="Seed">0 to 2⁶³−1; the same seed gives the same image at every batch size.</param>
public sealed record ImageRequest(string Prompt, long Seed)
{
    /// <summary>What stands in place of the empty prompt in classifier-free guidance.</summary>
    public string Negative { get; init; } = "";

    /// <summary>An image of which a part stays; <c>null</c> to draw a whole one.</summary>
    internal KnownImage? Known { get; init; }

    /// <summary>An image that the run starts from: to be drawn anew in part, or to be enlarged.</summary>
    internal RgbImage? Start { get; init; }

    /// <summary>
    /// The first stage's image, where it was drawn before: only the second stage runs. All requests of a run have one,
    /// or none.
    /// </summary>
    internal RgbImage? Small { get; init; }

    /// <summary>Noise that the base starts from in place of the seed's; <c>null</c> for the seed's.</summary>
    internal InvertedNoise? InvertedNoise { get; init; }

    /// <summary>
    /// How much of the way is gone from <see cref="InvertedNoise"/> to the seed's own noise, on the sphere; 0 to 1.
    /// </summary>
    internal double NoiseMixWeight { get; init; }

    /// <summary>A prompt that this one is mixed with; <c>null</c> for none.</summary>
    internal PromptBlend? Blend { get; init; }
}

/// <summary>A finished image.</summary>
/// <param name="Image">The pixels.</param>
/// <param name="Base">The small image that it was enlarged from; the same as <paramref name="Image"/> without a second
/// stage.</param>
/// <param name="Record">How it was made.</param>
/// <param name="Seconds">Its share of the time that its batch took.</param>
public sealed record GeneratedImage(RgbImage Image, RgbImage Base, ImageMetadata Record, double Seconds)
{
    /// <summary>
    /// The network's own square, where <see cref="Image"/> is a larger image with it pasted in; else <c>null</c>.
    /// </summary>
    public RgbImage? Raw { get; init; }

    /// <summary>Opacity, one byte a pixel, where the image was made from a transparent one; else <c>null</c>.</summary>
    internal byte[]? Alpha { get; init; }

    /// <summary>Which of the run's requests it belongs to, from 0.</summary>
    public int Number { get; init; }
}
