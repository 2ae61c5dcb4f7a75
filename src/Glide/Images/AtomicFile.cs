using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SixLabors.ImageSharp.Memory;

namespace Glide.Images;

/// <summary>Writes a file in one piece: under its name stands either all of it or nothing.</summary>
internal static partial class AtomicFile
{
    private const int AlreadyExists = 17; // errno EEXIST

    // errno 28 (ENOSPC) everywhere; EDQUOT is 122 on Linux and 69 on macOS; Windows' ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL.
    private static readonly int[] s_diskFull = [28, 122, 69, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    // The number of the process tells whose file it is, also when that process is gone.
    private static string TemporaryPrefix => $".glide-{Environment.ProcessId}-";

    /// <summary>Writes <paramref name="path"/>; a file that is there already is replaced.</summary>
    /// <exception cref="ResourceException">The disk is full or the folder cannot be written to.</exception>
    public static void Write(string path, Action<Stream> write) => Write(path, write, overwrite: true);

    /// <summary>Writes <paramref name="path"/>, unless there is such a file.</summary>
    /// <returns>False where the file exists; it is as it was then.</returns>
    /// <exception cref="ResourceException">The disk is full or the folder cannot be written to.</exception>
    public static bool TryWriteNew(string path, Action<Stream> write) => !File.Exists(path) && Write(path, write, overwrite: false);

    /// <summary>Removes what this process has begun to write in a folder and not finished.</summary>
    public static void RemoveUnfinished(string folder)
    {
        foreach (string temporary in Directory.EnumerateFiles(folder, $"{TemporaryPrefix}*.tmp"))
            Remove(temporary);
    }

    /// <summary>What the user is told when writing <paramref name="path"/> failed, or null where it is no such failure.</summary>
    internal static ResourceException? Explain(string path, Exception exception) => exception switch
    {
        IOException io when s_diskFull.Contains(io.HResult) =>
            new ResourceException($"disk full writing '{path}'; free some space or choose another folder.", exception),
        // The runtime's name for EFBIG: a limit on the size of files.
        ArgumentOutOfRangeException { ParamName: "value" } =>
            new ResourceException($"disk full writing '{path}': files may not grow so long here (ulimit -f).", exception),
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
        string temporary = Path.Combine(folder, $"{TemporaryPrefix}{RandomNumberGenerator.GetHexString(16, lowercase: true)}.tmp");
        bool made = false;
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
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

            // File.Move looks first and renames then; a second name for the file is made at once or not at all.
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
            // The failure that led here is the one to tell.
        }
        catch (UnauthorizedAccessException)
        {
        }
    }
}
