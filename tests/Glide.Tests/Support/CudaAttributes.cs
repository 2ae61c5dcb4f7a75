using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Tests.Support;

/// <summary>Why tests of a GPU are skipped; <c>null</c> where they are not.</summary>
internal static class CudaSkip
{
    public static string? WithoutDevice => cuda.is_available() ? null : "There is no GPU here.";

    public static string? WithoutLibrary =>
        WithoutDevice ?? (CudaLibrary.For(CUDA) is null ? "There is no libglide_cuda for this libtorch." : null);
}

/// <summary>A theory that is tested where there is a GPU, and skipped elsewhere.</summary>
internal sealed class CudaTheoryAttribute : TheoryAttribute
{
    public CudaTheoryAttribute() => Skip = CudaSkip.WithoutDevice;
}

/// <summary>A fact that is tested where there is a GPU, and skipped elsewhere.</summary>
internal sealed class CudaFactAttribute : FactAttribute
{
    public CudaFactAttribute() => Skip = CudaSkip.WithoutDevice;
}

/// <summary>A theory that is tested where there are a GPU and libglide_cuda, and skipped elsewhere.</summary>
internal sealed class CudaLibraryTheoryAttribute : TheoryAttribute
{
    public CudaLibraryTheoryAttribute() => Skip = CudaSkip.WithoutLibrary;
}

/// <summary>A fact that is tested where there are a GPU and libglide_cuda, and skipped elsewhere.</summary>
internal sealed class CudaLibraryFactAttribute : FactAttribute
{
    public CudaLibraryFactAttribute() => Skip = CudaSkip.WithoutLibrary;
}
