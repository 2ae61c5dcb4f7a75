using Glide.Cli.Output;
using Glide.Pipelines;

namespace Glide.Cli.Tests.Output;

public sealed class ConsoleProgressTests
{
    [Theory]
    [InlineData("base", 0, 1, 1)]
    [InlineData("base 5 of 5", 4, 1, 5)]
    [InlineData("base 3-4 of 5", 2, 2, 5)]
    public void A_title_says_which_images_are_being_made(string expected, int first, int rows, int images) =>
        Assert.Equal(expected, ConsoleProgress.Title(new GenerationProgress("base", 1, 2, first, rows, first, images)));
}
