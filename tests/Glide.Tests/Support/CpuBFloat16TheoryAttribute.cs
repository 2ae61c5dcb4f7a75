using System.Runtime.Intrinsics.X86;

namespace Glide.Tests.Support;

/// <summary>A theory that is tested where the CPU has AVX-512, and skipped elsewhere.</summary>
/// <remarks>Without it libtorch multiplies bf16 numbers one by one, and a pass of a large image takes minutes.</remarks>
internal sealed class CpuBFloat16TheoryAttribute : TheoryAttribute
{
    public CpuBFloat16TheoryAttribute()
    {
        if (!Avx512BW.IsSupported)
            Skip = "This processor has no AVX-512, without which libtorch's bf16 takes minutes.";
    }
}
