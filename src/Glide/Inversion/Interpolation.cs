using Glide.Diffusion;
using Glide.Editing;
using Glide.Pipelines;
using static TorchSharp.torch;

namespace Glide.Inversion;

/// <summary>Draws the way from one image to another: noise along the sphere, prompts in a straight line.</summary>
/// <param name="pipeline">Makes the images; stays the caller's.</param>
/// <param name="recipe">How; its base draws no noise.</param>
/// <remarks>Song et al. 2020, section 5.3, with the conditioning mixed too.</remarks>
public sealed class Interpolation(GlidePipeline pipeline, Recipe recipe)
{
    /// <summary>Makes the images in order; the first and the last are the two ends, as they come back from their noise.</summary>
    /// <param name="from">The first image.</param>
    /// <param name="to">The last image; where the two differ in shape, all results are squares.</param>
    /// <param name="frames">How many, 2 or more.</param>
    /// <param name="request">Seed and negative prompt of all.</param>
    /// <param name="options">Gets the images.</param>
    /// <exception cref="UsageException">The sampler draws noise.</exception>
    public void Run(Endpoint from, Endpoint to, int frames, ImageRequest request, RunOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 2);
        DeterministicRecipe.Require(recipe.Base);
        var noises = pipeline.Invert(
            [request with { Prompt = from.Prompt, Start = from.Image }, request with { Prompt = to.Prompt, Start = to.Image }], DeterministicRecipe.InversionOf(recipe.Base), options);
        var first = noises[0];
        if ((long)from.Image.Width * to.Image.Height != (long)to.Image.Width * from.Image.Height)
            first = first with { Record = first.Record with { Width = first.Record.Size, Height = first.Record.Size } };
        double[] amounts = [.. Enumerable.Range(0, frames).Select(frame => (double)frame / (frames - 1))];
        InvertedNoiseImages.Make(
            pipeline, recipe,
            [.. amounts.Select(amount => request with
            {
                Prompt = from.Prompt,
                Blend = new PromptBlend(to.Prompt, amount),
                InvertedNoise = first.Towards(noises[1], amount),
            })],
            [.. amounts.Select(amount => new EditRecord(noises[0].Record.Image)
            {
                Other = noises[1].Record.Image,
                Prompts = [from.Prompt, to.Prompt],
                Amount = amount,
                Inversion = noises[0].Record.Inversion,
            })],
            options);
    }
}

/// <summary>Goes from one noise to another along the sphere.</summary>
/// <remarks>
/// Shoemake 1985 (slerp). Normal noise of many dimensions lies near a sphere; the straight line between two of its points
/// leaves it, and a network makes flat, gray images from what is too short.
/// </remarks>
internal static class Slerp
{
    // Below this angle the arc is a line, and the sine is too small to divide by.
    private const double SmallestSine = 1e-6;

    /// <summary>sin((1 − a)θ)/sin θ · from + sin(aθ)/sin θ · to, θ being the angle between the two.</summary>
    /// <param name="from">Noise of one image.</param>
    /// <param name="to">Noise of the same shape.</param>
    /// <param name="amount">a: 0 gives <paramref name="from"/>, 1 gives <paramref name="to"/>, both exactly.</param>
    /// <returns>A fresh tensor; as long as both where they are of one length.</returns>
    public static Tensor Of(Tensor from, Tensor to, double amount)
    {
        using var scope = NewDisposeScope();
        var a = from.to(ScalarType.Float64);
        var b = to.to(ScalarType.Float64);
        double cosine = Dot(a, b) / Math.Sqrt(Dot(a, a) * Dot(b, b));
        double angle = Math.Acos(Math.Clamp(cosine, -1, 1));
        double sine = Math.Sin(angle);
        var mixed = sine < SmallestSine || double.IsNaN(sine)
            ? DiffusionMath.Combine(1 - amount, from, amount, to)
            : DiffusionMath.Combine(Math.Sin((1 - amount) * angle) / sine, from, Math.Sin(amount * angle) / sine, to);
        return mixed.MoveToOuterDisposeScope();
    }

    private static double Dot(Tensor a, Tensor b) => (a * b).sum().item<double>();
}

/// <summary>Another prompt that an image's own is mixed with, in what the networks know of both.</summary>
/// <param name="Prompt">The other prompt.</param>
/// <param name="Amount">0 leaves the own prompt, 1 puts the other in its place.</param>
public sealed record PromptBlend(string Prompt, double Amount);
