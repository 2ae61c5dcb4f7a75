using System.Globalization;
using static TorchSharp.torch.nn;

namespace Glide.Pipelines;

/// <summary>How much memory this process may still take: the machine's, the container's and the shell's limits together.</summary>
internal static class MemoryBudget
{
    private const double Headroom = 1.3;

    /// <summary>Bytes that can still be taken; a very large number where nothing limits it.</summary>
    public static long AvailableBytes() =>
        Math.Min(Math.Min(MachineAvailable(), ContainerAvailable()), AddressSpaceAvailable());

    /// <summary>Bytes that machine, container and shell allow in all, whoever holds them now; a very large number where nothing limits it.</summary>
    public static long TotalBytes() =>
        Math.Min(Math.Min(FieldOf("/proc/meminfo", "MemTotal:", kilobytes: true), NumberIn("/sys/fs/cgroup/memory.max")), AddressSpaceLimit());

    /// <summary>Refuses what cannot fit before it is begun.</summary>
    /// <param name="purpose">What the memory is for, as the message names it.</param>
    /// <param name="needed">Bytes.</param>
    /// <exception cref="ResourceException">There is less than that.</exception>
    public static void Require(string purpose, long needed)
    {
        long available = AvailableBytes();
        if (needed > available)
            throw new ResourceException(
                $"not enough memory for {purpose}; needed {InMegabytes(needed)}, available {InMegabytes(available)}; " +
                "close other programs, lower --batch-size, raise the limit, or use --model mini");
    }

    /// <summary>The most that this process has taken so far; <c>null</c> where the system does not say.</summary>
    public static long? PeakBytes() => FieldOf("/proc/self/status", "VmHWM:", kilobytes: true) is var bytes and not long.MaxValue ? bytes : null;

    /// <summary>Bytes that a network takes: its weights, the activations of a step, and what loading takes.</summary>
    /// <param name="shapes">The network on the meta device, whose tensors have shapes and no memory.</param>
    public static long NeededFor(Module shapes) => (long)(Headroom * shapes.parameters().Sum(parameter => parameter.numel() * parameter.element_size()));

    /// <summary>Bytes for people: <c>1,540 MB</c>.</summary>
    public static string InMegabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000:N0} MB");

    private static long MachineAvailable() => FieldOf("/proc/meminfo", "MemAvailable:", kilobytes: true);

    private static long ContainerAvailable()
    {
        long limit = NumberIn("/sys/fs/cgroup/memory.max");
        long used = NumberIn("/sys/fs/cgroup/memory.current");
        return limit == long.MaxValue || used == long.MaxValue ? long.MaxValue : Math.Max(0, limit - used);
    }

    private static long AddressSpaceAvailable()
    {
        long limit = AddressSpaceLimit();
        long used = limit == long.MaxValue ? limit : FieldOf("/proc/self/status", "VmSize:", kilobytes: true);
        return used == long.MaxValue ? limit : Math.Max(0, limit - used);
    }

    private static long AddressSpaceLimit() =>
        RowOf("/proc/self/limits", "Max address space") is { Length: > 3 } row && long.TryParse(row[3], NumberStyles.None, CultureInfo.InvariantCulture, out long limit)
            ? limit
            : long.MaxValue;

    private static long FieldOf(string file, string field, bool kilobytes) =>
        RowOf(file, field) is { Length: > 1 } row && long.TryParse(row[1], NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value * (kilobytes ? 1024 : 1)
            : long.MaxValue;

    private static long NumberIn(string file) =>
        File.Exists(file) && long.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value
            : long.MaxValue;

    private static string[]? RowOf(string file, string start) =>
        File.Exists(file)
            ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal))?
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            : null;
}
