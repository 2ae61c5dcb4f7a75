namespace Glide;

/// <summary>A network produced numbers that are not finite; exit code 1.</summary>
public sealed class NumericsException : GlideException
{
    /// <summary>Makes the error from a message in the form: what; where; what was found; what is allowed; what to do.</summary>
    public NumericsException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
