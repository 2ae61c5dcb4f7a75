using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Output;

/// <summary>Numbers and the nouns that they count.</summary>
public sealed class CountedTests
{
    [Theory]
    [InlineData(0, "0 images", "0 passes", "0 of 0 images")]
    [InlineData(1, "1 image", "1 pass", "0 of 1 image")]
    [InlineData(2, "2 images", "2 passes", "1 of 2 images")]
    [InlineData(1234, "1234 images", "1234 passes", "1233 of 1234 images")]
    public void A_noun_agrees_with_its_number(int count, string images, string passes, string share)
    {
        Assert.Equal(images, Counted.Of(count, "image"));
        Assert.Equal(passes, Counted.Of(count, "pass", "passes"));
        Assert.Equal(share, Counted.Share(Math.Max(0, count - 1), count, "image"));
        Assert.Equal(count == 1234 ? "1,234 bytes" : $"{count} {(count == 1 ? "byte" : "bytes")}",
            Counted.Grouped(count, "byte"));
    }

    [Fact]
    public void Messages_about_one_of_something_are_in_the_singular()
    {
        using var glide = new GlideProcess();
        string[] quick = ["--model", "mini", "--no-upsample", "--steps", "1", "--threads", "1"];
        File.WriteAllText(glide.PathOf("p.txt"), "a\n");
        var batch = glide.Run(["batch", "p.txt", "-o", "out", .. quick]);
        Assert.Contains("base: 1 step in ", batch.Error, StringComparison.Ordinal);
        Assert.Contains("\n1 of 1 image\n", batch.Error, StringComparison.Ordinal);
        Assert.Contains("fp32, 1 thread\n", glide.Run("show", "out/a-1.png").Output, StringComparison.Ordinal);
        Assert.Contains("\n1 of 1 image\n", "\n" + glide.Run("batch", "--merge", "out").Error,
            StringComparison.Ordinal);
        string plan = glide.Run(["plan", "--batch", "p.txt", "-o", "out", "--resume", .. quick]).Output;
        Assert.Contains("finished   1 image is there already\n", plan, StringComparison.Ordinal);
        File.WriteAllText(glide.PathOf("none.txt"), "# a\n");
        Assert.Contains("found 1 line without a row", glide.Run("batch", "none.txt").Error, StringComparison.Ordinal);
    }
}
