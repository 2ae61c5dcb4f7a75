using Glide.Imaging;

namespace Glide.Pipelines;

/// <summary>A finished picture.</summary>
/// <param name="Image">The pixels.</param>
/// <param name="Base">The small picture that it was enlarged from; the same as <paramref name="Image"/> without a second stage.</param>
/// <param name="Record">How it was made.</param>
/// <param name="Seconds">Its share of the time that its batch took.</param>
public sealed record Picture(RgbImage Image, RgbImage Base, PictureRecord Record, double Seconds)
{
    /// <summary>The network's own square, where <see cref="Image"/> is a larger picture with it pasted in; else <c>null</c>.</summary>
    public RgbImage? Raw { get; init; }

    /// <summary>Which of the run's requests it belongs to, from 0.</summary>
    public int Number { get; init; }
}
