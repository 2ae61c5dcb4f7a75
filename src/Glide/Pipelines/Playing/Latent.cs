using static TorchSharp.torch;

namespace Glide.Pipelines.Playing;

/// <summary>The noise that a picture comes from: x of the step that sampling begins with.</summary>
/// <param name="Record">How it was found.</param>
/// <param name="Values">[3, S, S] row by row, S = <see cref="LatentRecord.Size"/>; about standard normal.</param>
public sealed record Latent(LatentRecord Record, float[] Values)
{
    // [1, 3, S, S] on the CPU; the caller disposes it.
    internal Tensor ToTensor() => tensor(Values, [1, 3, Record.Size, Record.Size]);

    /// <summary>The latent a part of the way from this one to another, on the sphere; its record is this one's.</summary>
    /// <param name="other">Of the same size.</param>
    /// <param name="amount">0 gives this one, 1 the other.</param>
    internal Latent Towards(Latent other, double amount)
    {
        using var scope = NewDisposeScope();
        return this with { Values = SphericalMix.Of(ToTensor(), other.ToTensor(), amount).contiguous().data<float>().ToArray() };
    }
}
