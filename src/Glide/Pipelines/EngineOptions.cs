using System.Globalization;
using Glide.Devices;
using TorchSharp;

namespace Glide.Pipelines;

/// <summary>Where and in which number type the networks run.</summary>
public sealed record EngineOptions
{
    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>
    /// <c>auto</c>, <c>fp32</c>, <c>fp16</c> or <c>bf16</c>. <c>auto</c> is fp16 on a GPU; on a CPU it is bf16 for networks of
    /// the published size where the processor multiplies it, otherwise fp32.
    /// </summary>
    public string Dtype { get; init; } = "auto";

    /// <summary>Threads for libtorch; <c>null</c> takes as many as there are physical cores.</summary>
    public int? Threads { get; init; }

    /// <summary>GPUs that libtorch can use; loads libtorch.</summary>
    public static int CountGpus()
    {
        Libtorch.Load();
        return torch.cuda.is_available() ? torch.cuda.device_count() : 0;
    }

    /// <summary>Whether a device can have this name; says nothing about whether it is there.</summary>
    public static bool IsDevice(string name) =>
        name is "auto" or "cpu" or "cuda" ||
        (name.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < 1024);
}
