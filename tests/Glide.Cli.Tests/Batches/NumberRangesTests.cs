using Glide.Cli.Batches;

namespace Glide.Cli.Tests.Batches;

public sealed class NumberRangesTests
{
    [Theory]
    [InlineData("", new int[0])]
    [InlineData("4", new[] { 4 })]
    [InlineData("1, 2", new[] { 1, 2 })]
    [InlineData("2, 5-9, 12, 13", new[] { 2, 5, 6, 7, 8, 9, 12, 13 })]
    public void Three_and_more_in_a_row_are_drawn_together(string expected, int[] numbers) =>
        Assert.Equal(expected, NumberRanges.Text(numbers));
}
