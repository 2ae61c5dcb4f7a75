using Glide.Runtime;

namespace Glide.Tests.Pipelines;

public sealed class MemoryBudgetTests
{
    [Fact]
    public void What_cannot_fit_is_refused_with_what_it_needs_and_what_there_is()
    {
        var refusal = Assert.Throws<ResourceException>(() => MemoryBudget.Require("the network 'base'", 1L << 60));
        Assert.Matches(
            "^not enough memory for the network 'base'; needed 1,152,921,504,606 MB, available [0-9,]+ MB; "
                + ".*--batch-size", refusal.Message);
    }

    [Fact]
    public void What_fits_is_not() => MemoryBudget.Require("an image", 1 << 20);
}
