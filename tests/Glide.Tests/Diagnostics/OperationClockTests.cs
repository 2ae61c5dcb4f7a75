using Glide.Diagnostics;
using Glide.Models.Ops;
using Glide.Tests.Support;

namespace Glide.Tests.Diagnostics;

// In the collection, because networks of other tests would announce their operations too.
[Collection(TorchCollection.Name)]
public sealed class OperationClockTests
{
    private static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(20);

    [Fact]
    public void Of_operations_within_each_other_the_outermost_counts()
    {
        using var clock = new OperationClock(finish: () => { });
        clock.Resume();
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
    public void Times_of_a_kind_add_up_while_the_clock_runs()
    {
        using var clock = new OperationClock(finish: () => { });
        Attend();
        Assert.Empty(clock.Times);
        clock.Resume();
        Attend();
        var once = clock.Times["attention"];
        clock.Pause();
        Attend();
        Assert.Equal(once, clock.Times["attention"]);
        clock.Resume();
        Attend();
        Assert.True(clock.Times["attention"] >= once + Nap, $"attention took {clock.Times["attention"]}");
    }

    [Fact]
    public void Nobody_measures_without_a_clock()
    {
        new OperationClock(finish: () => { }).Dispose();
        Assert.Null(Operations.Convolution());
    }

    private static void Attend()
    {
        using var operation = Operations.Attention();
        Thread.Sleep(Nap);
    }
}
