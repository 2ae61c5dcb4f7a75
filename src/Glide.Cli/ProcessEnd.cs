using System.Runtime.InteropServices;

namespace Glide.Cli;

/// <summary>The end of the process, without taking libtorch apart: the system frees its memory faster.</summary>
internal static partial class ProcessEnd
{
    /// <summary>Ends the process now, whatever its threads are doing.</summary>
    public static void Now(int exitCode)
    {
        if (OperatingSystem.IsWindows())
            Environment.Exit(exitCode);
        // What native code has printed and still holds, such as that of DNNL_VERBOSE.
        _ = FlushFiles(0);
        EndProcess(exitCode);
    }

    [LibraryImport("libc", EntryPoint = "fflush")]
    private static partial int FlushFiles(nint all);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void EndProcess(int status);
}
