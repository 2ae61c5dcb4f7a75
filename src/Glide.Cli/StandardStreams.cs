using System.Runtime.InteropServices;

namespace Glide.Cli;

/// <summary>Standard streams that were closed when the program was started (<c>glide ... >&amp;-</c>).</summary>
internal static partial class StandardStreams
{
    private const int Output = 1;
    private const int Error = 2;
    private const int GetFlags = 1;         // F_GETFD
    private const int ClosesOnExec = 1;     // FD_CLOEXEC

    /// <summary>
    /// Lets what is written to closed streams vanish. Their numbers belong to the next files that the runtime has opened,
    /// into which the words would go otherwise.
    /// </summary>
    public static void ReplaceClosed()
    {
        if (OperatingSystem.IsWindows())
            return;
        if (WasClosed(Output))
            Console.SetOut(TextWriter.Null);
        if (WasClosed(Error))
            Console.SetError(TextWriter.Null);
    }

    // A stream that was handed on lives on behind exec; what the runtime opens does not.
    private static bool WasClosed(int descriptor) => FileControl(descriptor, GetFlags) is var flags && (flags < 0 || (flags & ClosesOnExec) != 0);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int FileControl(int descriptor, int command);
}
