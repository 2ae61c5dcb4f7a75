using System.Diagnostics;

namespace Glide.Tests.ModelSets;

/// <summary>A disk of a megabyte, in memory; needs the right to mount.</summary>
internal sealed class TinyDisk : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public TinyDisk()
    {
        if (!Run("mount", "-t", "tmpfs", "-o", "size=1m", "glide-test", _folder.Path))
        {
            _folder.Dispose();
            throw new InvalidOperationException("No disk could be mounted.");
        }
    }

    public string Path => _folder.Path;

    public void Dispose()
    {
        Run("umount", _folder.Path);
        _folder.Dispose();
    }

    public static bool CanBeMade()
    {
        try
        {
            new TinyDisk().Dispose();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program,
                arguments)
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

/// <summary>A test that needs a disk which is soon full.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TinyDiskFactAttribute : FactAttribute
{
    public TinyDiskFactAttribute() => Skip = TinyDisk.CanBeMade() ? null! : "needs the right to mount a tmpfs";
}
