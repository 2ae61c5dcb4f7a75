using System.Runtime.InteropServices;

namespace Glide.Runtime;

/// <summary>What glibc does with memory that libtorch frees.</summary>
/// <remarks>
/// By default it first returns freed tensors to the system, which must clear the memory that the next step asks for;
/// that takes 0.1 s of a small image's 1.6 s. After a large tensor was freed, it keeps tensors of up to 32 MB and the
/// holes between them, which take 0.2 GB of the published networks' 1.9 GB. Fixed limits avoid both.
/// </remarks>
internal static partial class FreedMemory
{
    private const string Glibc = "libc.so.6";
    private const int TrimThreshold = -1;           // M_TRIM_THRESHOLD
    private const int MapThreshold = -3;            // M_MMAP_THRESHOLD
    private const int KeptBytes = 64 << 20;
    private const int LargestKept = 24 << 20;       // bytes of a tensor

    /// <summary>Sets the limits, where the C library is glibc.</summary>
    public static void Limit()
    {
        if (!NativeLibrary.TryLoad(Glibc, out nint library) || !NativeLibrary.TryGetExport(library, "mallopt", out _))
            return;
        _ = SetOption(MapThreshold, LargestKept);
        _ = SetOption(TrimThreshold, KeptBytes);
    }

    [LibraryImport(Glibc, EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
