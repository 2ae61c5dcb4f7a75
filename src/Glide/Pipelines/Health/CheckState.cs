namespace Glide.Pipelines.Health;

/// <summary>How a check ended.</summary>
public enum CheckState
{
    /// <summary>All is well.</summary>
    Ok,

    /// <summary>There was nothing to check.</summary>
    Skipped,

    /// <summary>Something is wrong.</summary>
    Failed,
}
