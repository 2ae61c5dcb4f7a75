using Glide.Runtime;

namespace Glide.Tests.Runtime;

public sealed class ThreadWaitingTests
{
    [Fact]
    public void Waits_are_shorter_where_other_programs_want_the_processor()
    {
        Assert.Equal(ThreadWaiting.TurnsAlone, ThreadWaiting.TurnsFor(_ => null, () => false));
        Assert.Equal(ThreadWaiting.TurnsAmongOthers, ThreadWaiting.TurnsFor(_ => null, () => true));
    }

    [Theory, InlineData("OMP_WAIT_POLICY", "active"), InlineData("GOMP_SPINCOUNT", "7"),
        InlineData("GOMP_SPINCOUNT", "")]
    public void What_the_user_has_set_stays(string variable, string value) =>
        Assert.Null(ThreadWaiting.TurnsFor(name => name == variable ? value : null, () =>
            throw new InvalidOperationException("nobody needs to know")));
}
