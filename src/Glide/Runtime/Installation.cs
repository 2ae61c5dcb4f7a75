using System.Text.Json;
using Glide.ModelSets;
using Glide.Pipelines;

namespace Glide.Runtime;

/// <summary>Versions of this installation and resources of the machine.</summary>
public sealed record Installation
{
    /// <summary>Version of the program.</summary>
    public required string Version { get; init; }

    /// <summary>Version and origin of libtorch.</summary>
    public required string Libtorch { get; init; }

    /// <summary><c>cpu</c>, and the GPUs that libtorch can use.</summary>
    public required IReadOnlyList<string> Devices { get; init; }

    /// <summary>Threads that a run uses by default.</summary>
    public required int Threads { get; init; }

    /// <summary>Bytes of memory that are available now.</summary>
    public required long AvailableMemory { get; init; }

    /// <summary>Folder of downloaded model sets.</summary>
    public required string ModelFolder { get; init; }

    /// <summary>Version of the library and the program.</summary>
    public static string LibraryVersion { get; } = typeof(Installation).Assembly.GetName().Version!.ToString(3);

    /// <summary>Collects the values; loads libtorch.</summary>
    public static Installation Describe() => new()
    {
        Version = LibraryVersion,
        Libtorch = Glide.Runtime.Libtorch.Description,
        Devices = ["cpu", .. Enumerable.Range(0, DeviceOptions.CountGpus()).Select(index => $"cuda:{index}")],
        Threads = PhysicalCores.Count(),
        AvailableMemory = MemoryBudget.AvailableBytes(),
        ModelFolder = ModelFolders.FromEnvironment().DataIfKnown ?? $"none; set {ModelFolders.Variable}",
    };

    /// <summary>The values as one JSON object.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, GlideJson.Default.Installation);
}

/// <summary>Tells once why a GPU cannot use its faster code path.</summary>
/// <param name="fault">What is missing; <c>null</c> if nothing is, and then nothing is told.</param>
internal sealed class FallbackNotice(string? fault)
{
    private int _isSaid;

    /// <summary>Tells the first listener.</summary>
    public void Say(Action<string>? listener)
    {
        if (fault is not null && listener is not null && Interlocked.Exchange(ref _isSaid, 1) == 0)
            listener($"the GPU is told every pass kernel by kernel, which takes longer: {fault}");
    }
}
