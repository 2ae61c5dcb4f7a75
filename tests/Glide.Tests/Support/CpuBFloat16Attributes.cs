using System.Runtime.Intrinsics.X86;

namespace Glide.Tests.Support;

/// <summary>Why tests of bf16 on the CPU are skipped; <c>null</c> where they are not.</summary>
/// <remarks>
/// Without AVX-512 libtorch multiplies bf16 numbers one by one, and a pass of a large image takes minutes.
/// </remarks>
internal static class CpuBFloat16Skip
{
    public static string? Reason =>
        Avx512BW.IsSupported ? null : "This processor has no AVX-512, without which libtorch's bf16 takes minutes.";
}

/// <summary>A theory that is tested where the CPU has AVX-512, and skipped elsewhere.</summary>
internal sealed class CpuBFloat16TheoryAttribute : TheoryAttribute
{
    public CpuBFloat16TheoryAttribute() => Skip = CpuBFloat16Skip.Reason;
}
