namespace TorchSharp;

/// <summary>How many objects of one kind a thread made and disposed.</summary>
public class LifetimeStatistics
{
    internal LifetimeStatistics() { }

    public long CreatedOutsideScopeCount { get; internal set; }

    public long DisposedOutsideScopeCount { get; internal set; }

    public long CreatedInScopeCount { get; internal set; }

    public long DisposedInScopeCount { get; internal set; }

    public long AttachedToScopeCount { get; internal set; }

    public long DetachedFromScopeCount { get; internal set; }

    /// <summary>Made less disposed. What the garbage collector frees is counted on its own thread.</summary>
    public long ThreadTotalLiveCount
        => CreatedInScopeCount + CreatedOutsideScopeCount - DisposedInScopeCount - DisposedOutsideScopeCount;

    public void Reset()
    {
        CreatedOutsideScopeCount = 0;
        DisposedOutsideScopeCount = 0;
        CreatedInScopeCount = 0;
        DisposedInScopeCount = 0;
        AttachedToScopeCount = 0;
        DetachedFromScopeCount = 0;
    }

    public override string ToString()
        => $"outside scopes: {CreatedOutsideScopeCount} made, {DisposedOutsideScopeCount} disposed; " +
           $"in scopes: {CreatedInScopeCount} made, {DisposedInScopeCount} disposed; " +
           $"{AttachedToScopeCount} attached, {DetachedFromScopeCount} detached; {ThreadTotalLiveCount} live";
}
