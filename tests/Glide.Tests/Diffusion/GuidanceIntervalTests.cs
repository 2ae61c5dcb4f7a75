using Glide.Diffusion;
using Glide.Diffusion.Guidance;

namespace Glide.Tests.Diffusion;

public sealed class GuidanceIntervalTests
{
    private static readonly DiffusionTables Tables =
        new(BetaTable.SquaredCosine(1000), TimestepRespacing.Parse("10", 1000));

    public static TheoryData<string> Unreadable =>
        new() { "", "0.5", "0.5:0.5", "0.8:0.2", "-0.1:1", "0:1.1", "0,1:0,9", "a:b", "0:1:2", "NaN:1" };

    [Theory]
    [InlineData("0:0.5", 5)]
    [InlineData("0.5:1", 5)]
    [InlineData("0.3:0.7", 4)]
    [InlineData("0.1:0.2", 1)]
    [InlineData("0.95:1", 0)]
    [InlineData("0:0.01", 1)]
    public void Guides_the_named_share_of_the_steps(string text, int expected)
    {
        var guided = GuidanceInterval.Parse(text).Of(Tables, fromStep: 9)!;
        Assert.Equal(expected, Tables.Timesteps.Count(guided.Contains));
    }

    [Fact]
    public void Begins_at_the_noisy_end()
    {
        var guided = GuidanceInterval.Parse("0:0.3").Of(Tables, fromStep: 9)!;
        Assert.Equal([7, 8, 9], Enumerable.Range(0, 10).Where(step => guided.Contains(Tables.Timesteps[step])));
        guided = GuidanceInterval.Parse("0:0.5").Of(Tables, fromStep: 3)!;
        Assert.Equal([2, 3], Enumerable.Range(0, 4).Where(step => guided.Contains(Tables.Timesteps[step])));
    }

    [Fact]
    public void The_whole_run_needs_no_bounds() => Assert.Null(GuidanceInterval.Parse("0:1").Of(Tables, fromStep: 9));

    [Theory, MemberData(nameof(Unreadable))]
    public void Parse_names_what_is_allowed(string text) =>
        Assert.Contains("LO:HI", Assert.Throws<UsageException>(() => GuidanceInterval.Parse(text)).Message,
            StringComparison.Ordinal);
}
