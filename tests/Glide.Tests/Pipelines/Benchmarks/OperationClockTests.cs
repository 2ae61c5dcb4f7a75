using Glide.Models;
using Glide.Pipelines.Benchmarks;
using Glide.Tests.Support;

namespace Glide.Tests.Pipelines.Benchmarks;

// In the collection, because networks of other tests would announce their operations too.
[Collection(TorchCollection.Name)]
public sealed class OperationClockTests
{
    private static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(20);

    [Fact]
    public void Of_operations_within_each_other_the_outermost_counts()
    {
        using var clock = new OperationClock(finish: () => { });
        using (Operations.Text())
        {
            Thread.Sleep(Nap);
            using (Operations.Linear())
                Thread.Sleep(Nap);
        }
        Assert.Equal(["text"], clock.Times.Keys);
        Assert.True(clock.Times["text"] >= 2 * Nap, $"text took {clock.Times["text"]}");
    }

    [Fact]
    public void Times_of_a_kind_add_up_until_they_are_cleared()
    {
        using var clock = new OperationClock(finish: () => { });
        for (int i = 0; i < 2; i++)
        {
            using (Operations.Attention())
                Thread.Sleep(Nap);
        }
        Assert.True(clock.Times["attention"] >= 2 * Nap, $"attention took {clock.Times["attention"]}");
        clock.Clear();
        Assert.Empty(clock.Times);
    }

    [Fact]
    public void Nobody_measures_without_a_clock()
    {
        new OperationClock(finish: () => { }).Dispose();
        Assert.Null(Operations.Convolution());
    }
}
