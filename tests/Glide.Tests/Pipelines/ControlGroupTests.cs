using Glide.Runtime;
using Glide.Tests.ModelSets;

namespace Glide.Tests.Pipelines;

/// <summary>
/// Limits of control groups, from files as the kernel writes them (cgroup-v2.rst and cgroup-v1/memory.rst of its
/// documentation).
/// </summary>
public sealed class ControlGroupTests : IDisposable
{
    private const long Unlimited = long.MaxValue;

    private readonly ScratchFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void A_containers_own_limit_less_what_it_uses_is_available()
    {
        Write("memory.max", "1000000");
        Write("memory.current", "600000");
        Write("memory.stat", "anon 100000\nfile 400000\ninactive_file 250000\n");
        var group = Group("0::/\n");
        Assert.Equal(650_000, group.AvailableBytes());
    }

    [Fact]
    public void Groups_above_a_job_limit_it_too()
    {
        Write("slurm/job_7/memory.max", "max");
        Write("slurm/job_7/memory.current", "10");
        Write("slurm/memory.max", "500");
        Write("slurm/memory.current", "200");
        var group = Group("0::/slurm/job_7\n");
        Assert.Equal(300, group.AvailableBytes());
    }

    [Fact]
    public void Version_1_has_a_tree_of_its_own()
    {
        Write("memory/job/memory.limit_in_bytes", "900");
        Write("memory/job/memory.usage_in_bytes", "500");
        Write("memory/job/memory.stat", "inactive_file 1\ntotal_inactive_file 100\n");
        Write("memory/memory.limit_in_bytes", "9223372036854771712");
        Write("memory/memory.usage_in_bytes", "700");
        var group = Group("5:cpu,cpuacct:/other\n4:memory:/job\n");
        Assert.Equal(500, group.AvailableBytes());
    }

    [Fact]
    public void A_path_of_the_machine_outside_leaves_the_containers_root()
    {
        Write("memory.max", "800");
        Write("memory.current", "900");
        var group = Group("0::/docker/0123456789abcdef\n");
        Assert.Equal(0, group.AvailableBytes());
    }

    [Fact]
    public void Without_control_groups_nothing_is_limited()
    {
        var group = new ControlGroup(_root.Path, Path.Combine(_root.Path, "none"));
        Assert.Equal(Unlimited, group.AvailableBytes());
    }

    private ControlGroup Group(string memberships)
    {
        Write("self", memberships);
        return new ControlGroup(_root.Path, Path.Combine(_root.Path, "self"));
    }

    private void Write(string name, string text)
    {
        string path = Path.Combine(_root.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
