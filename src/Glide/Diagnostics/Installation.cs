using System.Text.Json;
using System.Text.Json.Serialization;
using Glide.Models.Ops;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Runtime;

namespace Glide.Diagnostics;

/// <summary>What this installation consists of and what the machine offers it.</summary>
internal sealed record Installation
{
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

    /// <summary>What <c>GLIDE_KERNELS</c> asks for; <c>null</c> where it is not set.</summary>
    public required string? Kernels { get; init; }

    /// <summary>Looks; loads libtorch.</summary>
    /// <exception cref="UsageException">A variable of the environment has a value that is not allowed.</exception>
    public static Installation Describe() => new()
    {
        Version = ImageMetadata.LibraryVersion,
        Libtorch = Glide.Runtime.Libtorch.Description,
        Devices = ["cpu", .. Enumerable.Range(0, DeviceOptions.CountGpus()).Select(index => $"cuda:{index}")],
        Threads = PhysicalCores.Count(),
        AvailableMemory = MemoryBudget.AvailableBytes(),
        ModelFolder = ModelFolders.FromEnvironment().DataIfKnown ?? $"none; set {ModelFolders.Variable}",
        Kernels = KernelChoice.Chosen,
    };

    public string ToJson() => JsonSerializer.Serialize(this, InstallationJson.Default.Installation);
}

/// <summary>Serializer of the installation.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Installation))]
internal sealed partial class InstallationJson : JsonSerializerContext;
