using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SixLabors.ImageSharp.Memory;

namespace Glide.Images;

/// <summary>Writes files atomically: a file is either complete or absent.</summary>
internal static partial class AtomicFile
{
    private const int AlreadyExists = 17; // errno EEXIST

    // errno 28 (ENOSPC) everywhere; EDQUOT is 122 on Linux and 69 on macOS; Windows' ERROR_DISK_FULL and
    // ERROR_HANDLE_DISK_FULL.
    private static readonly int[] s_diskFull = [28, 122, 69, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    // The process id identifies the owner of a file, even after the process has ended.
    private static string TemporaryPrefix => $".glide-{Environment.ProcessId}-";

    /// <summary>Writes <paramref name="path"/>; an existing file is replaced.</summary>
    /// <exception cref="ResourceException">The disk is full or the folder is not writable.</exception>
    public static void Write(string path, Action<Stream> write) => Write(path, write, overwrite: true);

    /// <summary>Writes <paramref name="path"/>, unless the file exists.</summary>
    /// <returns>False if the file exists; it stays unchanged.</returns>
    /// <exception cref="ResourceException">The disk is full or the folder is not writable.</exception>
    public static bool TryWriteNew(string path, Action<Stream> write) => !File.Exists(path)
        && Write(path, write, overwrite: false);

    public static void RemoveUnfinished(string folder)
    {
        foreach (string temporary in Directory.EnumerateFiles(folder, $"{TemporaryPrefix}*.tmp"))
            Remove(temporary);
    }

    /// <summary>The error for the user if writing <paramref name="path"/> failed; null for other exceptions.</summary>
    internal static ResourceException? Explain(string path, Exception exception) => exception switch
    {
        IOException io when s_diskFull.Contains(io.HResult) =>
            new ResourceException($"disk full writing '{path}'; free some space or choose another folder.", exception),
        // The runtime's name for EFBIG: a limit on the size of files.
        ArgumentOutOfRangeException { ParamName: "value" } =>
            new ResourceException($"disk full writing '{path}': files may not grow so long here (ulimit -f).",
                exception),
        InvalidMemoryOperationException =>
            new ResourceException($"there is not enough memory to write '{path}'; make smaller images.", exception),
        IOException or UnauthorizedAccessException =>
            new ResourceException($"'{path}' cannot be written: {exception.Message}", exception),
        _ => null,
    };

    private static bool Write(string path, Action<Stream> write, bool overwrite)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? ".";
        string temporary = Path.Combine(folder,
            $"{TemporaryPrefix}{RandomNumberGenerator.GetHexString(16, lowercase: true)}.tmp");
        bool made = false;
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None,
                bufferSize: 1 << 16))
            {
                made = true;
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            if (overwrite || OperatingSystem.IsWindows())
            {
                File.Move(temporary, path, overwrite);
                made = false;
                return true;
            }

            // File.Move checks and renames in two steps; creating a hard link is atomic.
            if (CreateHardLink(temporary, path) == 0)
                return true;
            if (Marshal.GetLastPInvokeError() == AlreadyExists)
                return false;
            File.Move(temporary, path, overwrite: false); // a file system without hard links
            made = false;
            return true;
        }
        catch (IOException) when (!overwrite && File.Exists(path))
        {
            return false;
        }
        catch (Exception exception) when (Explain(path, exception) is { } failure)
        {
            throw failure;
        }
        finally
        {
            if (made)
                Remove(temporary);
        }
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateHardLink(string existing, string name);

    private static void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (IOException)
        {
            // The original error is more helpful.
        }
        catch (UnauthorizedAccessException)
        {
        }
    }
}
