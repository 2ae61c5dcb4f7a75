using Glide.Diffusion.Samplers;
using Glide.Images;
using Glide.Pipelines;

namespace Glide.Inversion;

/// <summary>
/// The way between an image and its noise: a recipe whose base draws nothing, so that it can be gone both ways.
/// </summary>
internal static class DeterministicRecipe
{
    /// <summary>
    /// Steps in each direction: with the built-in models images come back to within 1.3 of 255 levels.
    /// </summary>
    public const string Steps = "100";

    private static readonly string[] s_noisy = [SamplerNames.Ddpm, SamplerNames.DpmSolver2MSde];

    /// <summary>Names of the samplers that come back to an image.</summary>
    public static IReadOnlyList<string> Samplers { get; } = [.. StageRecipe.SamplerNames.Except(s_noisy)];

    /// <summary>The recipe with DDIM without noise and without guidance for its base.</summary>
    public static Recipe Of(Recipe recipe) => recipe.WithBase(stage => new StageRecipe
    {
        Network = stage.Network,
        Sampler = SamplerNames.Ddim,
        Steps = Steps,
        Threshold = stage.Threshold,
    });

    /// <summary>The recipe that leads from inverted noise back to its image.</summary>
    public static Recipe BackFrom(NoiseRecord noise, Recipe recipe)
    {
        return Of(recipe).WithBase(stage => stage with
        {
            Steps = noise.Inversion.Steps,
            GuidanceScale = noise.Inversion.GuidanceScale,
            Threshold = noise.Inversion.Threshold,
            Strength = noise.Inversion.Strength,
            Spacing = noise.Inversion.Strength is null ? null : "trained",
        });
    }

    /// <summary>The same base for the way back, from an image to its noise: always by DDIM.</summary>
    /// <param name="stage">The base of the recipe that images are then sampled by.</param>
    public static StageRecipe InversionOf(StageRecipe stage) =>
        stage with { Sampler = SamplerNames.Ddim, Spacing = null, Reuse = null, GuidanceInterval = null };

    /// <summary>Refuses samplers that draw noise of their own: they do not come back to the image.</summary>
    /// <exception cref="UsageException">The stage's does.</exception>
    public static void Require(StageRecipe stage)
    {
        if (s_noisy.Contains(SamplerFactory.Parse(stage.Sampler).Name) || stage.Eta > 0 || stage.Churn > 0)
        {
            string found = stage.Eta > 0 ? $"{stage.Sampler} with --eta" : stage.Churn > 0
                ? $"{stage.Sampler} with --churn" : stage.Sampler;
            throw new UsageException(
                $"{found} draws noise at every step and does not come back to an image; allowed are "
                    + $"{string.Join(", ", Samplers)}, without --eta and --churn; choose one with --sampler");
        }
    }
}

/// <summary>One end of an interpolation.</summary>
/// <param name="Image">The image, of any size.</param>
/// <param name="Prompt">What it shows.</param>
internal sealed record Endpoint(RgbImage Image, string Prompt);
