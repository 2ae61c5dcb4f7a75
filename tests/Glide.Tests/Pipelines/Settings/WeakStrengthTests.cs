using Glide.Pipelines;

namespace Glide.Tests.Pipelines.Settings;

/// <summary>Runs that start from an image and hardly leave it.</summary>
public sealed class WeakStrengthTests
{
    /// <summary>
    /// Steps, strength and what is said. By the cosine schedule of Nichol and Dhariwal 2021, the noise has a deviation
    /// of 0.82 levels of 255 at timestep 0, of 1.78 at 3 and of 2.04 at 4; a strength is rounded to whole steps.
    /// </summary>
    [Theory]
    [InlineData("10", 0.001, "--strength 0.001 makes 1 of 10 steps, from noise too faint to see, and leaves the image")]
    [InlineData("10", 0.14, "--strength 0.14 makes 1 of 10 steps")]
    [InlineData("10", 0.14, "leaves the image as it is; 0.15 or more changes it")]
    [InlineData("1000", 0.004, "makes 4 of 1000 steps")]
    [InlineData("1000", 0.004, "0.005 or more changes it")]
    [InlineData("1000", 0.005, null)]
    [InlineData("10", 0.15, null)]
    [InlineData("100", 0.014, "0.015 or more changes it")]
    [InlineData("100", 0.02, null)]
    [InlineData("10", 0, null)]
    [InlineData("10", 1, null)]
    [InlineData("1", 1, "makes 1 of 1 step, from noise too faint to see, and leaves the image as it is; give more")]
    public void The_least_strength_that_changes_something_is_named(string steps, double strength, string? message)
    {
        var stage = new StageRecipe { Network = "base", Sampler = "ddpm", Steps = steps };
        if (message is null)
            Assert.Null(stage.TooWeak(strength));
        else
            Assert.Contains(message, stage.TooWeak(strength), StringComparison.Ordinal);
    }
}
