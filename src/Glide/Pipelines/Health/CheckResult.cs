namespace Glide.Pipelines.Health;

/// <summary>What a check of the installation found.</summary>
/// <param name="Name">What was checked.</param>
/// <param name="State">How it ended.</param>
/// <param name="Detail">What was found, or what is wrong.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record CheckResult(string Name, CheckState State, string Detail, double Seconds)
{
    /// <summary>What went wrong; <c>null</c> where nothing did.</summary>
    public Exception? Error { get; init; }
}
