namespace Glide;

/// <summary>The input or the options are at fault; exit code 2.</summary>
public sealed class UsageException : GlideException
{
    /// <summary>Makes the error from a message in the form: what; where; what was found; what is allowed; what to do.</summary>
    public UsageException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
