namespace Glide.Batches;

/// <summary>What is wrong with a row of a batch file.</summary>
/// <param name="Line">Line of the file, from 1.</param>
/// <param name="Reason">What is wrong and what is allowed.</param>
public sealed record RowFault(int Line, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => $"line {Line}: {Reason}";
}
