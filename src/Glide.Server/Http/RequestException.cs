namespace Glide.Server.Http;

/// <summary>A request that is answered with an error.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="message">What is wrong and what to do.</param>
internal sealed class RequestException(int status, string message) : Exception(message)
{
    public int Status => status;

    /// <summary>The field that is at fault; <c>null</c> if none is.</summary>
    public string? Field { get; init; }

    /// <summary>A word for programs; <c>null</c> for none.</summary>
    public string? Code { get; init; }
}
