namespace Glide;

/// <summary>Something that the user can mend. Its message says what is wrong, where, what was found, what is allowed and what to do.</summary>
public abstract class GlideException : Exception
{
    /// <summary>Makes the error.</summary>
    protected GlideException(string message, Exception? inner)
        : base(message, inner)
    {
    }
}
