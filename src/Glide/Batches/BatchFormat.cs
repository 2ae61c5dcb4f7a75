namespace Glide.Batches;

/// <summary>How the rows of a batch file are written.</summary>
public enum BatchFormat
{
    /// <summary>A prompt a line; comments begin with <c>#</c>.</summary>
    Text,

    /// <summary>A JSON object a line.</summary>
    JsonLines,

    /// <summary>Comma-separated values below a header.</summary>
    Csv,
}
