namespace Glide;

/// <summary>Memory or disk ran out; exit code 6.</summary>
public sealed class ResourceException : GlideException
{
    /// <summary>Makes the error from a message in the form: what; where; what was found; what is allowed; what to do.</summary>
    public ResourceException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
