using System.Diagnostics;
using System.Globalization;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests;

public sealed class SignalTests
{
    // "Within a second" on an idle machine; a test machine runs other tests beside this one.
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(1 + 4);

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public void A_signal_stops_a_run_at_once_and_leaves_nothing_unfinished(string signal, int exitCode)
    {
        using var glide = new GlideProcess();
        using var process = glide.Start(environment: null, "sample", "a red circle", "-n", "50", "--batch-size", "1", "--steps", "3", "--no-upsample", "--threads", "1");
        string? first = process.StandardOutput.ReadLine();
        Assert.NotNull(first);
        var clock = Stopwatch.StartNew();
        using (var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]))
            kill.WaitForExit();
        var result = GlideProcess.Finish(process);
        Assert.True(clock.Elapsed < EndsWithin, $"it took {clock.Elapsed.TotalSeconds:0.0} s");
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Empty(Directory.GetFiles(glide.Folder, "*.tmp"));
        Assert.All(Directory.GetFiles(glide.Folder), file => Assert.Equal((byte)'P', File.ReadAllBytes(file)[1]));
        Assert.All(Directory.GetFiles(glide.Folder), file => Assert.Equal("IEND"u8.ToArray(), File.ReadAllBytes(file)[^8..^4]));
    }
}
