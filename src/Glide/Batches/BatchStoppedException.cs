namespace Glide.Batches;

/// <summary>A batch ended at its first failure, as it was asked to.</summary>
public sealed class BatchStoppedException : GlideException
{
    /// <summary>Says so.</summary>
    public BatchStoppedException()
        : base("a picture could not be made, and --fail-fast ends the batch there", null)
    {
    }
}
