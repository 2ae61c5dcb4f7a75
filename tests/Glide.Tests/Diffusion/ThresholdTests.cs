using Glide.Diffusion.Guidance;
using Glide.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Tests.Diffusion;

[Collection(TorchCollection.Name)]
public sealed class ThresholdTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string> Unreadable =>
        new() { "", "clamp", "dynamic:", "dynamic:0", "dynamic:1.5", "dynamic:0.9:0.5", "dynamic:0,9", "static:1",
            "dynamic:0.9:1:2" };

    [Fact]
    public void Static_clamps() =>
        Assert.Equal([-1, -0.5, 0.25, 1], TensorAssert.Numbers(
            Threshold.Static.Apply(TensorAssert.Of(-7, -0.5, 0.25, 2))));

    [Fact]
    public void Dynamic_divides_by_the_quantile_of_each_image()
    {
        // |x₀| sorted is 0, 1, 2, 3, 4: its 0.75 quantile is 3.
        var large = Threshold.Dynamic(0.75).Apply(TensorAssert.Of(-4, 3, 0, 2, -1));
        Assert.Equal([-1, 1, 0, 2.0 / 3, -1.0 / 3], TensorAssert.Numbers(large).Select(v => Math.Round(v, 15))
            .ToArray(), Near);
        // Between two values: 0.5 of 0.25, 0.75 → no larger than 1, so nothing changes.
        var small = TensorAssert.Of(0.25, -0.75);
        TensorAssert.Same(small, Threshold.Dynamic(0.5).Apply(small));
        // Between 2 and 4 the quantile 0.25 is 2.5.
        Assert.Equal([0.8, -1], TensorAssert.Numbers(Threshold.Dynamic(0.25).Apply(TensorAssert.Of(2, -4))), Near);
    }

    [Fact]
    public void Images_do_not_share_a_quantile()
    {
        var batch = cat([TensorAssert.Of(-4, 4), TensorAssert.Of(-0.5, 0.5)], 0);
        Assert.Equal([-1, 1, -0.5, 0.5], TensorAssert.Numbers(Threshold.Dynamic(1).Apply(batch)), Near);
    }

    [Fact]
    public void A_cap_bounds_the_divisor() =>
        Assert.Equal([-1, 0.5], TensorAssert.Numbers(Threshold.Dynamic(1, cap: 2).Apply(TensorAssert.Of(-4, 1))), Near);

    [Theory]
    [InlineData("static", "static")]
    [InlineData("dynamic", "dynamic:0.995")]
    [InlineData("dynamic:0.9", "dynamic:0.9")]
    [InlineData("dynamic:0.95:1.5", "dynamic:0.95:1.5")]
    public void Parse_reads_every_form(string text, string expected) =>
        Assert.Equal(expected, Threshold.Parse(text).Text);

    [Theory, MemberData(nameof(Unreadable))]
    public void Parse_names_what_is_allowed(string text) =>
        Assert.Contains("allowed are static", Assert.Throws<UsageException>(() => Threshold.Parse(text)).Message,
            StringComparison.Ordinal);

    public void Dispose() => _scope.Dispose();

    private static bool Near(double expected, double actual) => Math.Abs(expected - actual) < 1e-12;
}
