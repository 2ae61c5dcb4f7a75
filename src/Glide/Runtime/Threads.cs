using System.Globalization;
using System.Runtime.InteropServices;

namespace Glide.Runtime;

/// <summary>How long libtorch's threads spin for each other before they sleep.</summary>
/// <remarks>
/// GNU's OpenMP lets a waiting thread spin for some milliseconds. If another program has the core of the thread
/// that is waited for, both lose that time: an image takes ten times as long. Sleeping at once costs a wake-up each
/// of the hundred thousand times that threads synchronize for a small image. So spinning is short, and shorter
/// if the processor is busy. OMP_WAIT_POLICY and GOMP_SPINCOUNT in the environment take precedence.
/// </remarks>
internal static partial class ThreadWaiting
{
    /// <summary>Variable that OpenMP reads when it is loaded.</summary>
    public const string Variable = "GOMP_SPINCOUNT";

    /// <summary>
    /// Spin count if the threads have cores of their own, about 400 µs: longer than almost all waits.
    /// </summary>
    public const int TurnsAlone = 20000;

    /// <summary>Spin count if they share cores, about 5 µs.</summary>
    public const int TurnsAmongOthers = 200;

    private const string Processors = "/sys/devices/system/cpu/present";

    // A program that runs for a moment is no reason to sleep.
    private const int Looks = 3;
    private const int MillisecondsBetweenLooks = 2;

    /// <summary>Sets the variable. Has no effect once libtorch is loaded.</summary>
    public static void Choose()
    {
        if (OperatingSystem.IsLinux() && TurnsFor(Environment.GetEnvironmentVariable, IsBusy) is { } turns)
            _ = SetVariable(Variable, turns.ToString(CultureInfo.InvariantCulture), overwrite: 0);
    }

    /// <summary>The spin count to set; <c>null</c> if the user has set one.</summary>
    /// <param name="environment">Value of a variable; <c>null</c> if it is not set.</param>
    /// <param name="isBusy">Whether other programs use the processor.</param>
    internal static int? TurnsFor(Func<string, string?> environment, Func<bool> isBusy) =>
        environment("OMP_WAIT_POLICY") is not null || environment(Variable) is not null ? null
        : isBusy() ? TurnsAmongOthers
        : TurnsAlone;

    private static bool IsBusy()
    {
        for (int look = 0; look < Looks; look++)
        {
            if (look > 0)
                Thread.Sleep(MillisecondsBetweenLooks);
            if (RunningOthers() + PhysicalCores.Count() <= MachineProcessors())
                return false;
        }
        return true;
    }

    // Runnable threads of other programs.
    private static int RunningOthers()
    {
        const string File = "/proc/loadavg";            // 0.20 0.18 0.12 1/80 11206: running/all threads
        string[] fields = System.IO.File.Exists(File) ? System.IO.File.ReadAllText(File).Split(' ', '/') : [];
        return fields.Length > 3 && int.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture,
            out int running) ? running - RunningOwn() : 0;
    }

    private static int RunningOwn() =>
        Directory.EnumerateDirectories("/proc/self/task").Count(task => StateOf(Path.Combine(task, "stat")) == 'R');

    // 1234 (name that may have spaces) R ...
    private static char? StateOf(string stat)
    {
        try
        {
            string line = File.ReadAllText(stat);
            int end = line.LastIndexOf(") ", StringComparison.Ordinal);
            return end < 0 ? null : line[end + 2];
        }
        catch (IOException)
        {
            return null;                                // the thread has ended meanwhile
        }
    }

    // 0-63, or 0
    private static int MachineProcessors() =>
        File.Exists(Processors) && int.TryParse(File.ReadAllText(Processors).Trim().Split('-', ',')[^1],
            NumberStyles.None, CultureInfo.InvariantCulture, out int last)
            ? last + 1
            : Environment.ProcessorCount;

    // .NET's own Environment.SetEnvironmentVariable does not reach native code.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}

/// <summary>
/// Counts cores, not hyper-threads: two threads that share a core's vector units are slower than one.
/// </summary>
internal static class PhysicalCores
{
    private const string Topology = "/sys/devices/system/cpu";

    /// <summary>Physical cores that this process may run on; at least 1.</summary>
    public static int Count()
    {
        int allowed = Environment.ProcessorCount;
        if (!Directory.Exists(Topology))
            return allowed;
        var cores = new HashSet<string>();
        foreach (string folder in Directory.EnumerateDirectories(Topology, "cpu*"))
        {
            string siblings = Path.Combine(folder, "topology", "thread_siblings_list");
            if (int.TryParse(Path.GetFileName(folder).AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out _)
                && File.Exists(siblings))
            {
                cores.Add(File.ReadAllText(siblings).Trim());
            }
        }
        return cores.Count == 0 ? allowed : Math.Min(cores.Count, allowed);
    }
}
