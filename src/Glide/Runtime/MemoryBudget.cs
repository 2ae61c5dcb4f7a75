using System.Globalization;
using static TorchSharp.torch.nn;

namespace Glide.Pipelines;

/// <summary>How much memory this process may still take: the machine's, the container's and the shell's limits together.</summary>
internal static class MemoryBudget
{
    private const double Headroom = 1.3;

    // Measured: what the address space grows by while libtorch and what it needs are loaded.
    private const long LibraryBytes = 700_000_000;

    /// <summary>Bytes that can still be taken; a very large number where nothing limits it.</summary>
    public static long AvailableBytes() =>
        Math.Min(Math.Min(MachineAvailable(), ControlGroup.OfThisProcess.AvailableBytes()), AddressSpaceAvailable());

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

    /// <summary>Refuses to load libtorch where the shell's limit leaves no room for it; the loader would say something else.</summary>
    /// <exception cref="ResourceException">There is too little.</exception>
    public static void RequireLibraries()
    {
        long available = AddressSpaceAvailable();
        if (LibraryBytes > available && !HasLibraries())
            throw new ResourceException($"not enough memory to load libtorch; needed {InMegabytes(LibraryBytes)}, available {InMegabytes(available)} of the address space that the shell allows; raise that limit (ulimit -v)");
    }

    /// <summary>The most that this process has taken so far; <c>null</c> where the system does not say.</summary>
    public static long? PeakBytes() => FieldOf("/proc/self/status", "VmHWM:", kilobytes: true) is var bytes and not long.MaxValue ? bytes : null;

    /// <summary>Bytes that a network takes: its weights, the activations of a step, and what loading takes.</summary>
    /// <param name="shapes">The network on the meta device, whose tensors have shapes and no memory.</param>
    public static long NeededFor(Module shapes) => (long)(Headroom * shapes.parameters().Sum(parameter => parameter.numel() * parameter.element_size()));

    /// <summary>Bytes for people: <c>1,540 MB</c>.</summary>
    public static string InMegabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000:N0} MB");

    private static long MachineAvailable() => FieldOf("/proc/meminfo", "MemAvailable:", kilobytes: true);

    private static long AddressSpaceAvailable()
    {
        long limit = AddressSpaceLimit();
        long used = limit == long.MaxValue ? limit : FieldOf("/proc/self/status", "VmSize:", kilobytes: true);
        return used == long.MaxValue ? limit : Math.Max(0, limit - used);
    }

    private static bool HasLibraries() => RowsOf("/proc/self/maps").Any(row => row.Contains("libtorch", StringComparison.Ordinal));

    private static long AddressSpaceLimit() =>
        RowOf("/proc/self/limits", "Max address space") is { Length: > 3 } row && long.TryParse(row[3], NumberStyles.None, CultureInfo.InvariantCulture, out long limit)
            ? limit
            : long.MaxValue;

    private static long FieldOf(string file, string field, bool kilobytes) =>
        RowOf(file, field) is { Length: > 1 } row && long.TryParse(row[1], NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value * (kilobytes ? 1024 : 1)
            : long.MaxValue;

    private static string[]? RowOf(string file, string start) =>
        RowsOf(file).FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal))?.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> RowsOf(string file) => File.Exists(file) ? File.ReadLines(file) : [];
}
