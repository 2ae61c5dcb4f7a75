using Glide.Diffusion;

namespace Glide.Tests.Diffusion;

public sealed class TimestepRespacingTests
{
    public static TheoryData<string, int> Counts => new()
    {
        { "100", 100 }, { "ddim50", 50 }, { "fast27", 27 }, { "10,10,3,2,2", 27 }, { " 8 ", 8 }, { "10,0", 10 },
        { "smart27", 27 }, { "smart50", 50 }, { "smart100", 100 }, { "super27", 27 }, { "super40", 40 },
            { "1000", 1000 },
    };

    public static TheoryData<string> Unreadable => new()
    {
        "0", "-5", "1e3", "abc", "99999999999", "", "10,,3", "ddim", "ddim-1", "ddimx", "1.5", "1001", "0,0", "10;10",
        "900,10", "fast28", "1_0", "٣",
    };

    /// <summary>Published as lists in diffusers' pipelines/deepfloyd_if/timesteps.py; their noisiest dozen.</summary>
    public static TheoryData<string, int[]> NoisyEnds => new()
    {
        { "smart27", [999, 976, 952, 928, 905, 882, 858, 857, 810, 762, 715, 714] },
        { "smart50", [999, 988, 977, 966, 955, 944, 933, 922, 911, 900, 899, 879] },
        { "smart100", [999, 995, 992, 989, 985, 981, 978, 975, 971, 967, 964, 961] },
        { "super27", [999, 991, 982, 974, 966, 958, 950, 941, 933, 925, 916, 908] },
        { "super40", [999, 992, 985, 978, 971, 964, 957, 949, 942, 935, 928, 921] },
    };

    [Theory, MemberData(nameof(Counts))]
    public void Parse_keeps_as_many_steps_as_asked(string text, int expected) =>
        Assert.Equal(expected, TimestepRespacing.Parse(text, trainedSteps: 1000).Count);

    [Theory, MemberData(nameof(Unreadable))]
    public void Parse_names_the_allowed_range_when_it_refuses(string text)
    {
        var error = Assert.Throws<UsageException>(() => TimestepRespacing.Parse(text, trainedSteps: 1000));
        Assert.Contains($"'{text}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("allowed are", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stride_that_cannot_be_made_names_the_nearest_that_can()
    {
        var error = Assert.Throws<UsageException>(() => TimestepRespacing.Parse("ddim400", trainedSteps: 1000));
        Assert.Contains("ddim334 and ddim500", error.Message, StringComparison.Ordinal);
        Assert.Contains("exactly 400", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ddim1", "ddim2")]
    [InlineData("ddim999", "ddim500 and ddim1000")]
    public void Strides_at_the_ends_of_the_range_name_what_there_is(string text, string expected)
    {
        var error = Assert.Throws<UsageException>(() => TimestepRespacing.Parse(text, trainedSteps: 1000));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_section_that_is_too_small_says_how_large_it_is()
    {
        var error = Assert.Throws<UsageException>(() => TimestepRespacing.Parse("10,500", trainedSteps: 300));
        Assert.Contains("more than there are", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<UsageException>(() => TimestepRespacing.Parse("10,200", trainedSteps: 300));
        Assert.Contains("section 2 of 2, which has 150", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fast27_drops_the_noisiest_step()
    {
        var plan = TimestepRespacing.Parse("fast27", trainedSteps: 1000);
        Assert.Equal(997, plan.Timesteps[^1]);
        Assert.Equal(800, plan.Timesteps[^2]);
    }

    [Theory, MemberData(nameof(NoisyEnds))]
    public void Named_plans_equal_the_published_lists(string name, int[] noisiest) =>
        Assert.Equal(noisiest, TimestepRespacing.Parse(name, trainedSteps: 1000).Timesteps.Reverse()
            .Take(noisiest.Length));

    [Fact]
    public void Text_keeps_the_plan_as_it_was_written() =>
        Assert.Equal("fast27", TimestepRespacing.Parse(" FAST27 ", trainedSteps: 1000).Text);
}
