using System.Runtime.InteropServices;

namespace Glide.Pipelines.Benchmarks;

/// <summary>What the processor calls itself.</summary>
internal static class Processor
{
    private const string Description = "/proc/cpuinfo";

    /// <summary>Such as <c>AMD EPYC 9654 96-Core Processor</c>; the architecture where the system says no more.</summary>
    public static string Name { get; } =
        (File.Exists(Description) ? File.ReadLines(Description).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null)?
        .Split(':', 2)[^1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
}
