using System.Runtime.InteropServices;

namespace Glide.Batches;

/// <summary>Recognises that memory ran out, whoever says so.</summary>
public static class MemoryErrors
{
    /// <summary>Whether an error means that memory, not the disk, did not suffice.</summary>
    public static bool IsOutOfMemory(Exception error) => error switch
    {
        OutOfMemoryException => true,
        ResourceException => error.Message.Contains("memory", StringComparison.OrdinalIgnoreCase),
        ExternalException =>
            error.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) ||
            error.Message.Contains("allocate memory", StringComparison.OrdinalIgnoreCase) ||
            error.Message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase) ||
            error.Message.Contains("bad_alloc", StringComparison.Ordinal),
        _ => false,
    };
}
