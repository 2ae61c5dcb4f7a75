using System.Globalization;
using System.Runtime.InteropServices;

namespace Glide.Runtime;

/// <summary>How long libtorch's threads wait for each other before they sleep.</summary>
/// <remarks>
/// GNU's OpenMP lets a thread that waits spin for some milliseconds. Where another program has the core of the thread
/// that is waited for, those are lost to both: an image takes ten times as long. Sleeping at once costs a wake-up each
/// of the hundred thousand times that threads meet while a small image is drawn. So waiting is short, and shorter
/// where the processor is busy already. OMP_WAIT_POLICY and GOMP_SPINCOUNT in the environment count for more.
/// </remarks>
internal static partial class ThreadWaiting
{
    /// <summary>What OpenMP reads when it is loaded.</summary>
    public const string Variable = "GOMP_SPINCOUNT";

    /// <summary>Turns where the threads have cores of their own, about 400 µs: longer than almost all waits.</summary>
    public const int TurnsAlone = 20000;

    /// <summary>Turns where they share them, about 5 µs.</summary>
    public const int TurnsAmongOthers = 200;

    private const string Processors = "/sys/devices/system/cpu/present";

    // A program that runs for a moment is no reason to sleep.
    private const int Looks = 3;
    private const int MillisecondsBetweenLooks = 2;

    /// <summary>Chooses for a libtorch that is not loaded yet; afterwards nothing heeds it.</summary>
    public static void Choose()
    {
        if (OperatingSystem.IsLinux() && TurnsFor(Environment.GetEnvironmentVariable, IsBusy) is { } turns)
            _ = SetVariable(Variable, turns.ToString(CultureInfo.InvariantCulture), overwrite: 0);
    }

    /// <summary>The turns to be set; <c>null</c> where the user has decided.</summary>
    /// <param name="environment">A variable's value; <c>null</c> where it is not set.</param>
    /// <param name="isBusy">Whether other programs want the processor.</param>
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

    // Threads of other programs that run or could.
    private static int RunningOthers()
    {
        const string File = "/proc/loadavg";            // 0.20 0.18 0.12 1/80 11206: running/all threads
        string[] fields = System.IO.File.Exists(File) ? System.IO.File.ReadAllText(File).Split(' ', '/') : [];
        return fields.Length > 3 && int.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out int running) ? running - RunningOwn() : 0;
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
        File.Exists(Processors) && int.TryParse(File.ReadAllText(Processors).Trim().Split('-', ',')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
            ? last + 1
            : Environment.ProcessorCount;

    // .NET's own Environment.SetEnvironmentVariable does not reach native code.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}

/// <summary>Counts cores, not hyper-threads: two threads on one core's vector units are slower than one.</summary>
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
            if (int.TryParse(Path.GetFileName(folder).AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out _) && File.Exists(siblings))
                cores.Add(File.ReadAllText(siblings).Trim());
        }
        return cores.Count == 0 ? allowed : Math.Min(cores.Count, allowed);
    }
}
