namespace Glide.Images;

/// <summary>A file that one process at a time can lock, to keep others away from its folder.</summary>
/// <remarks>
/// The system releases the lock of a process that dies. The file stays: while one process removed it, a second could
/// lock the removed file and a third a new one.
/// </remarks>
internal static class LockFile
{
    // errno EWOULDBLOCK is 11 on Linux and 35 on macOS; Windows' ERROR_SHARING_VIOLATION.
    private static readonly int[] s_inUse = [11, 35, unchecked((int)0x80070020)];

    /// <summary>Locks the file, which is created if it is missing, until the result is disposed.</summary>
    /// <returns><c>null</c> if another process has locked it.</returns>
    /// <exception cref="ResourceException">The disk is full or the folder is not writable.</exception>
    public static IDisposable? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException exception) when (s_inUse.Contains(exception.HResult))
        {
            return null;
        }
        catch (Exception exception) when (AtomicFile.Explain(path, exception) is { } failure)
        {
            throw failure;
        }
    }
}
