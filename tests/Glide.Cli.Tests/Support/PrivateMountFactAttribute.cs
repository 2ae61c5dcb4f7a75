using System.Diagnostics;

namespace Glide.Cli.Tests.Support;

/// <summary>A test that mounts disks which only its own process sees (<c>unshare -m</c>).</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PrivateMountFactAttribute : FactAttribute
{
    public PrivateMountFactAttribute() => Skip = CanMount() ? null! : "needs the right to mount";

    private static bool CanMount()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("unshare",
                ["-m", "mount", "-t", "tmpfs", "none", "/mnt"])
            { RedirectStandardError = true });
            process!.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
