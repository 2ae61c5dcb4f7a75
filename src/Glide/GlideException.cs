namespace Glide;

/// <summary>
/// Something that the user can mend. Its message says what is wrong, where, what was found, what is allowed and what to
/// do.
/// </summary>
public abstract class GlideException : Exception
{
    private protected GlideException(string message, Exception? inner)
        : base(message, inner)
    {
    }
}

/// <summary>The input or the options are at fault; exit code 2.</summary>
public sealed class UsageException : GlideException
{
    /// <summary>
    /// Makes the error from a message in the form: what; where; what was found; what is allowed; what to do.
    /// </summary>
    internal UsageException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>A checkpoint was refused; exit code 4.</summary>
public sealed class CheckpointException : GlideException
{
    /// <summary>
    /// Makes the error from a message in the form: what; where; what was found; what is allowed; what to do.
    /// </summary>
    internal CheckpointException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>Memory or disk ran out; exit code 6.</summary>
public sealed class ResourceException : GlideException
{
    /// <summary>
    /// Makes the error from a message in the form: what; where; what was found; what is allowed; what to do.
    /// </summary>
    internal ResourceException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>A download failed; exit code 5.</summary>
public sealed class DownloadException : GlideException
{
    /// <summary>
    /// Makes the error from a message in the form: what; where; what was found; what is allowed; what to do.
    /// </summary>
    internal DownloadException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>A network produced numbers that are not finite; exit code 1.</summary>
public sealed class NumericsException : GlideException
{
    /// <summary>
    /// Makes the error from a message in the form: what; where; what was found; what is allowed; what to do.
    /// </summary>
    internal NumericsException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
