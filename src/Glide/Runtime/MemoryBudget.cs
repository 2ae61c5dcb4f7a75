using System.Globalization;
using static TorchSharp.torch.nn;

namespace Glide.Runtime;

/// <summary>
/// Memory that this process may still allocate, by the limits of the machine, the container and the shell.
/// </summary>
internal static class MemoryBudget
{
    private const double Headroom = 1.3;

    // Measured: growth of the address space while libtorch and its dependencies are loaded.
    private const long LibraryBytes = 700_000_000;

    /// <summary>Bytes that can still be allocated; a very large number if there is no limit.</summary>
    public static long AvailableBytes() =>
        Math.Min(Math.Min(MachineAvailable(), ControlGroup.OfThisProcess.AvailableBytes()), AddressSpaceAvailable());

    /// <summary>Throws if memory is too small for something.</summary>
    /// <param name="purpose">What the memory is for, as the message names it.</param>
    /// <param name="needed">Bytes.</param>
    /// <exception cref="ResourceException">There is less than that.</exception>
    public static void Require(string purpose, long needed)
    {
        long available = AvailableBytes();
        if (needed > available)
        {
            throw new ResourceException(
                $"not enough memory for {purpose}; needed {InMegabytes(needed)}, available {InMegabytes(available)}; " +
                "close other programs, lower --batch-size, raise the limit, or use --model mini");
        }
    }

    /// <summary>
    /// Throws if the shell's limit leaves no room for libtorch; the loader's own message would mislead.
    /// </summary>
    /// <exception cref="ResourceException">There is too little.</exception>
    public static void RequireLibraries()
    {
        long available = AddressSpaceAvailable();
        if (LibraryBytes > available && !HasLibraries())
        {
            throw new ResourceException(
                $"not enough memory to load libtorch; needed {InMegabytes(LibraryBytes)}, available "
                    + $"{InMegabytes(available)} of the address space that the shell allows; raise that limit (ulimit "
                    + $"-v)");
        }
    }

    /// <summary>Peak memory of this process in bytes; <c>null</c> if the system does not tell.</summary>
    public static long? PeakBytes() => FieldOf("/proc/self/status", "VmHWM:", kilobytes: true) is var bytes
        and not long.MaxValue ? bytes : null;

    /// <summary>Bytes that a network needs for weights, the activations of a step, and loading.</summary>
    /// <param name="shapes">The network on the meta device, whose tensors have shapes but no memory.</param>
    public static long NeededFor(Module shapes) =>
        (long)(Headroom * shapes.parameters().Sum(parameter => parameter.numel() * parameter.element_size()));

    /// <summary>Bytes for display: <c>1,540 MB</c>.</summary>
    public static string InMegabytes(long bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000:N0} MB");

    private static long MachineAvailable() => FieldOf("/proc/meminfo", "MemAvailable:", kilobytes: true);

    private static long AddressSpaceAvailable()
    {
        long limit = AddressSpaceLimit();
        long used = limit == long.MaxValue ? limit : FieldOf("/proc/self/status", "VmSize:", kilobytes: true);
        return used == long.MaxValue ? limit : Math.Max(0, limit - used);
    }

    private static bool HasLibraries() => RowsOf("/proc/self/maps")
        .Any(row => row.Contains("libtorch", StringComparison.Ordinal));

    private static long AddressSpaceLimit() =>
        RowOf("/proc/self/limits", "Max address space") is { Length: > 3 } row
            && long.TryParse(row[3], NumberStyles.None, CultureInfo.InvariantCulture, out long limit)
            ? limit
            : long.MaxValue;

    private static long FieldOf(string file, string field, bool kilobytes) =>
        RowOf(file, field) is { Length: > 1 } row
            && long.TryParse(row[1], NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value * (kilobytes ? 1024 : 1)
            : long.MaxValue;

    private static string[]? RowOf(string file, string start) =>
        RowsOf(file).FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal))?.Split(' ',
            StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> RowsOf(string file) => File.Exists(file) ? File.ReadLines(file) : [];
}

// /proc/self/cgroup, version 2:              0::/system.slice/slurmstepd.scope/job_7
// ..., version 1, a line a controller:       4:memory:/slurm/uid_0/job_7

/// <summary>
/// Memory limit of Linux control groups, which containers and cluster jobs use. Each group above the process's own
/// limits it too.
/// </summary>
/// <param name="root">Mount point of the control groups.</param>
/// <param name="memberships">File that lists the groups of the process.</param>
internal sealed class ControlGroup(string root, string memberships)
{
    private const string Controller = "memory";

    public static ControlGroup OfThisProcess { get; } = new("/sys/fs/cgroup", "/proc/self/cgroup");

    /// <summary>Bytes that can still be allocated; a very large number if there is no limit.</summary>
    public long AvailableBytes() => Folders().Select(AvailableIn).DefaultIfEmpty(long.MaxValue).Min();

    private static long LimitOf(string folder) =>
        Math.Min(NumberIn(folder, "memory.max"), NumberIn(folder, "memory.limit_in_bytes"));

    private static long AvailableIn(string folder)
    {
        long limit = LimitOf(folder);
        long used = Math.Min(NumberIn(folder, "memory.current"), NumberIn(folder, "memory.usage_in_bytes"));
        return limit == long.MaxValue || used == long.MaxValue
            ? long.MaxValue
            : Math.Max(0, limit - Math.Max(0, used - IdleCacheIn(folder)));
    }

    // Inactive file pages count as used but are reclaimed on demand.
    private static long IdleCacheIn(string folder)
    {
        string path = Path.Combine(folder, "memory.stat");
        string[] names = ["total_inactive_file", "inactive_file"];
        if (!File.Exists(path))
            return 0;
        var fields = File.ReadLines(path).Select(line => line.Split(' ')).Where(row => row.Length == 2)
            .ToDictionary(row => row[0], row => row[1]);
        string? text = names.Select(name => fields.GetValueOrDefault(name)).FirstOrDefault(value => value is not null);
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes : 0;
    }

    // From the process's own group up to the root. In a container the path may be that of the host: then only
    // the root exists, and it is the container's.
    private IEnumerable<string> Folders()
    {
        if (!File.Exists(memberships))
            yield break;
        foreach (string[] fields in File.ReadLines(memberships).Select(line => line.Split(':', 3))
            .Where(fields => fields.Length == 3))
        {
            bool isFirstVersion = fields[1].Split(',').Contains(Controller);
            if (!isFirstVersion && fields[1].Length > 0)
                continue;
            string mount = isFirstVersion ? Path.Combine(root, Controller) : root;
            for (string path = fields[2].Trim('/'); path.Length > 0; path = Path.GetDirectoryName(path) ?? "")
                yield return Path.Combine(mount, path);
            yield return mount;
        }
    }

    private static long NumberIn(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        return File.Exists(path) && long.TryParse(File.ReadAllText(path).Trim(), NumberStyles.None,
            CultureInfo.InvariantCulture, out long value) ? value : long.MaxValue;
    }
}
