using System.Text.Json;
using Glide.ModelSets;
using Glide.Pipelines;

namespace Glide.Runtime;

/// <summary>What this installation consists of and what the machine offers it.</summary>
public sealed record Installation
{
    /// <summary>Version of the program.</summary>
    public required string Version { get; init; }

    /// <summary>Version of libtorch, and where it comes from.</summary>
    public required string Libtorch { get; init; }

    /// <summary><c>cpu</c>, and the GPUs that libtorch can use.</summary>
    public required IReadOnlyList<string> Devices { get; init; }

    /// <summary>Threads that a run takes by default.</summary>
    public required int Threads { get; init; }

    /// <summary>Bytes of memory that a run could take now.</summary>
    public required long AvailableMemory { get; init; }

    /// <summary>Where downloaded model sets lie.</summary>
    public required string ModelFolder { get; init; }

    /// <summary>The version of the library, which is the program's.</summary>
    public static string LibraryVersion { get; } = typeof(Installation).Assembly.GetName().Version!.ToString(3);

    /// <summary>Looks; loads libtorch.</summary>
    public static Installation Describe() => new()
    {
        Version = LibraryVersion,
        Libtorch = Glide.Runtime.Libtorch.Description,
        Devices = ["cpu", .. Enumerable.Range(0, DeviceOptions.CountGpus()).Select(index => $"cuda:{index}")],
        Threads = PhysicalCores.Count(),
        AvailableMemory = MemoryBudget.AvailableBytes(),
        ModelFolder = ModelFolders.FromEnvironment().DataIfKnown ?? $"none; set {ModelFolders.Variable}",
    };

    /// <summary>One JSON object.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, GlideJson.Default.Installation);
}

/// <summary>Says once why a GPU is told its work the plain way.</summary>
/// <param name="fault">What is missing; <c>null</c> for nothing, of which nothing is said.</param>
internal sealed class FallbackNotice(string? fault)
{
    private int _isSaid;

    /// <summary>Says it to whoever listens first.</summary>
    public void Say(Action<string>? listener)
    {
        if (fault is not null && listener is not null && Interlocked.Exchange(ref _isSaid, 1) == 0)
            listener($"the GPU is told every pass kernel by kernel, which takes longer: {fault}");
    }
}
