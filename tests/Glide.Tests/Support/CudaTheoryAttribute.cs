using static TorchSharp.torch;

namespace Glide.Tests.Support;

/// <summary>A theory that is tested where there is a GPU, and skipped elsewhere.</summary>
public sealed class CudaTheoryAttribute : TheoryAttribute
{
    public CudaTheoryAttribute()
    {
        if (!cuda.is_available())
            Skip = "There is no GPU here.";
    }
}
