namespace Glide;

/// <summary>A download failed; exit code 5.</summary>
public sealed class DownloadException : GlideException
{
    /// <summary>Makes the error from a message in the form: what; where; what was found; what is allowed; what to do.</summary>
    public DownloadException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
