using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;

namespace Glide.Tests.Pipelines;

public sealed class WeightPrefetchTests
{
    private static readonly ModelSet Mini = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));

    [Theory, InlineData(true), InlineData(false)]
    public void Weights_are_the_same_whether_prepared_or_not(bool prepared)
    {
        using var files = new WeightPrefetch(Mini);
        if (prepared)
            files.Prepare("upsample");
        using var checkpoint = files.Open("upsample");
        Assert.Equal(Mini.WeightsOf("upsample"), checkpoint.Path);
        Assert.Contains("time_embed.0.weight", checkpoint.Tensors.Keys);
    }

    [Fact]
    public void What_is_wrong_with_prepared_weights_is_said_when_they_are_opened()
    {
        using var files = new WeightPrefetch(Mini with { Folder = "/nowhere", DefinitionFolder = "/nowhere" });
        files.Prepare("base");
        Assert.Throws<CheckpointException>(() => files.Open("base"));
    }

    [Fact]
    public void Weights_that_nobody_opens_are_closed_whatever_is_wrong_with_them()
    {
        using var files = new WeightPrefetch(Mini with { Folder = "/nowhere", DefinitionFolder = "/nowhere" });
        files.Prepare("base");
        files.Dispose();
    }
}
