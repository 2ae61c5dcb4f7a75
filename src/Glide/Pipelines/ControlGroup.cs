using System.Globalization;

namespace Glide.Pipelines;

// /proc/self/cgroup, version 2:              0::/system.slice/slurmstepd.scope/job_7
// ..., version 1, a line a controller:       4:memory:/slurm/uid_0/job_7

/// <summary>
/// The memory that Linux' control groups, of which containers and the jobs of clusters are made, allow a process. Each group
/// above its own limits it too.
/// </summary>
/// <param name="root">Where control groups are mounted.</param>
/// <param name="memberships">The file that says which ones the process is in.</param>
internal sealed class ControlGroup(string root, string memberships)
{
    private const string Controller = "memory";

    /// <summary>That of this process.</summary>
    public static ControlGroup OfThisProcess { get; } = new("/sys/fs/cgroup", "/proc/self/cgroup");

    /// <summary>Bytes that can still be taken; a very large number where nothing limits it.</summary>
    public long AvailableBytes() => Folders().Select(AvailableIn).DefaultIfEmpty(long.MaxValue).Min();

    private static long LimitOf(string folder) =>
        Math.Min(NumberIn(folder, "memory.max"), NumberIn(folder, "memory.limit_in_bytes"));

    private static long AvailableIn(string folder)
    {
        long limit = LimitOf(folder);
        long used = Math.Min(NumberIn(folder, "memory.current"), NumberIn(folder, "memory.usage_in_bytes"));
        return limit == long.MaxValue || used == long.MaxValue ? long.MaxValue : Math.Max(0, limit - Math.Max(0, used - IdleCacheIn(folder)));
    }

    // Pages of files that nobody has used lately count as used and are given back at once.
    private static long IdleCacheIn(string folder)
    {
        string path = Path.Combine(folder, "memory.stat");
        string[] names = ["total_inactive_file", "inactive_file"];
        if (!File.Exists(path))
            return 0;
        var fields = File.ReadLines(path).Select(line => line.Split(' ')).Where(row => row.Length == 2).ToDictionary(row => row[0], row => row[1]);
        string? text = names.Select(name => fields.GetValueOrDefault(name)).FirstOrDefault(value => value is not null);
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes : 0;
    }

    // From the process's own group up to the root. Within a container the path may be one of the machine outside: then only
    // the root is there, and it is the container's.
    private IEnumerable<string> Folders()
    {
        if (!File.Exists(memberships))
            yield break;
        foreach (string[] fields in File.ReadLines(memberships).Select(line => line.Split(':', 3)).Where(fields => fields.Length == 3))
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
        return File.Exists(path) && long.TryParse(File.ReadAllText(path).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : long.MaxValue;
    }
}
