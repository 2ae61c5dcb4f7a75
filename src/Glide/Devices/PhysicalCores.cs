using System.Globalization;

namespace Glide.Devices;

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
