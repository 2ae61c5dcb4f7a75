using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Compat.Tests.Torch;

[Collection(TorchCollection.Name)]
public class ScopeTests
{
    private static long Live => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    [Fact]
    public void A_scope_disposes_what_was_made_in_it()
    {
        Tensor inner, outer = zeros(1);
        using (var scope = NewDisposeScope())
        {
            inner = outer + 1;
            Assert.Equal(1, scope.DisposablesCount);
            Assert.True(scope.Contains(inner));
            Assert.Same(scope, CurrentDisposeScope);
        }
        Assert.True(inner.IsInvalid);
        Assert.False(outer.IsInvalid);
        Assert.Null(CurrentDisposeScope);
        Assert.Throws<InvalidOperationException>(() => inner.shape);
    }

    [Fact]
    public void Results_move_outwards_one_scope_at_a_time()
    {
        Tensor moved, moved2;
        using (var outer = NewDisposeScope())
        {
            using (NewDisposeScope())
                moved = zeros(1).MoveToOuterDisposeScope();
            Assert.True(outer.Contains(moved));
            using (var inner = NewDisposeScope())
                (moved, moved2) = inner.MoveToOuter(moved.alias(), zeros(2));
            Assert.False(moved.IsInvalid || moved2.IsInvalid);
            Assert.Equal(3, outer.DisposablesCount);
        }
        Assert.True(moved.IsInvalid && moved2.IsInvalid);
        using (NewDisposeScope())
            moved = zeros(1).MoveToOuterDisposeScope();
        Assert.False(moved.IsInvalid);
        moved.Dispose();
    }

    [Fact]
    public void Tensors_can_leave_and_enter_scopes()
    {
        Tensor free, attached = zeros(1), kept, dropped;
        using (var scope = NewDisposeScope())
        {
            free = zeros(1).DetachFromDisposeScope();
            scope.Attach(attached);
            kept = zeros(1);
            dropped = zeros(1);
            Assert.Same(kept, scope.DisposeEverythingBut(kept));
            Assert.True(dropped.IsInvalid && attached.IsInvalid);
            Assert.Equal([kept], scope.DisposablesView);
            scope.Detach(kept);
            var other = zeros(1);
            kept.MoveToOtherDisposeScope(other);
            Assert.True(scope.Contains(kept));
            scope.DisposeEverything();
            Assert.Equal(0, scope.DisposablesCount);
        }
        Assert.True(kept.IsInvalid);
        Assert.False(free.IsInvalid);
        free.Dispose();
    }

    [Fact]
    public void Scopes_close_in_any_order_and_more_than_once()
    {
        var outer = NewDisposeScope();
        var inner = NewDisposeScope();
        outer.Dispose();
        Assert.Same(inner, CurrentDisposeScope);
        inner.Dispose();
        inner.Dispose();
        Assert.Null(CurrentDisposeScope);
    }

    [Fact]
    public void Scopes_belong_to_their_thread()
    {
        using var scope = NewDisposeScope();
        DisposeScope? seen = scope;
        var thread = new Thread(() =>
        {
            seen = CurrentDisposeScope;
            using var x = zeros(1);
        });
        thread.Start();
        thread.Join();
        Assert.Null(seen);
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void Disposing_twice_counts_once()
    {
        long before = Live;
        var x = zeros(1);
        Assert.Equal(before + 1, Live);
        x.Dispose();
        x.Dispose();
        using (NewDisposeScope())
        {
            var y = zeros(1);
            y.Dispose();
            y.Dispose();
        }
        Assert.Equal(before, Live);
    }

    [Fact]
    public void A_wrapped_expression_keeps_nothing_but_its_result()
    {
        long before = Live;
        using (var x = WrappedTensorDisposeScope(() => (zeros(2) + 1) * 3))
        {
            Numbers.AssertEqual([3, 3], x);
            Assert.Equal(before + 1, Live);
        }
        Assert.Equal(before, Live);
    }

    [Fact]
    public void Statistics_tell_scopes_apart_and_reset()
    {
        var statistics = DisposeScopeManager.Statistics;
        statistics.Reset();
        zeros(1).Dispose();
        using (NewDisposeScope())
            zeros(1).DetachFromDisposeScope().Dispose();
        Assert.Equal((1, 2), (statistics.CreatedOutsideScopeCount, statistics.DisposedOutsideScopeCount));
        Assert.Equal((1, 0, 1), (statistics.CreatedInScopeCount, statistics.DisposedInScopeCount, statistics.DetachedFromScopeCount));
        Assert.Equal(0, statistics.TensorStatistics.ThreadTotalLiveCount);
        Assert.Contains("0 live", statistics.ToString(), StringComparison.Ordinal);
    }
}
