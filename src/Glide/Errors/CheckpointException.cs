namespace Glide;

/// <summary>A checkpoint was refused; exit code 4.</summary>
public sealed class CheckpointException : GlideException
{
    /// <summary>Makes the error from a message in the form: what; where; what was found; what is allowed; what to do.</summary>
    public CheckpointException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
