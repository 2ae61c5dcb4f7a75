using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace TorchSharp.Interop;

/// <summary>Settings of the matrix library under Debian's libtorch, which it reads while it is loaded.</summary>
internal static partial class MatrixLibrary
{
    private const string CoreVariable = "OPENBLAS_CORETYPE";

    /// <summary>
    /// OpenBLAS takes a processor that is newer than itself for one without AVX-512 and is then three times slower
    /// (0.3.21 on Zen 5, measured: 110 instead of 370 GFLOP/s). What the user has set stays.
    /// </summary>
    internal static void Prepare()
    {
        if (OperatingSystem.IsLinux() && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512BW.VL.IsSupported)
            _ = SetVariable(CoreVariable, "SkylakeX", overwrite: 0);
    }

    // .NET's own copy of the environment is not the one that native libraries read.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
