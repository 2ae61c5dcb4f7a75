using TorchSharp;

namespace Glide.Tests.Support;

/// <summary>Counts tensors.</summary>
internal static class TensorLeak
{
    /// <summary>Fails if <paramref name="action"/> leaves tensors alive on its thread.</summary>
    public static void None(Action action)
    {
        action();    // what is made once and kept shall not count
        long before = Alive();
        action();
        Assert.Equal(before, Alive());
    }

    private static long Alive() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
}
