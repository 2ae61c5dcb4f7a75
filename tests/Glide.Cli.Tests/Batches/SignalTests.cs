using System.Diagnostics;
using System.Globalization;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Batches;

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
        using var process = glide.Start(environment: null, "sample", "a red circle", "-n", "50", "--batch-size", "1",
            "--steps", "3", "--no-upsample", "--threads", "1");
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
        Assert.All(Directory.GetFiles(glide.Folder), file =>
            Assert.Equal("IEND"u8.ToArray(), File.ReadAllBytes(file)[^8..^4]));
    }

    [Theory]
    [InlineData("sample 'a cat' -s 1")]
    [InlineData("batch p.txt")]
    public void Ctrl_C_ends_the_loop_of_a_shell_too(string command)
    {
        using var glide = new GlideProcess();
        File.WriteAllText(glide.PathOf("p.txt"), "a cat");
        string loop =
            $"echo $$; for i in 1 2 3; do '{GlideProcess.Program}' {command} -m mini --steps 60 --no-upsample "
                + $"--threads 1 --overwrite; echo turn; done";
        // A terminal sends the signal to all processes of the group.
        using var process = Process.Start(new ProcessStartInfo("setsid",
            ["env", GlideProcess.HeedInterrupts, "bash", "-c", loop])
        {
            WorkingDirectory = glide.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        string group = process.StandardOutput.ReadLine()!;
        while (!Directory.EnumerateFiles($"/proc/{group}/task/{group}", "children")
            .Any(file => File.ReadAllText(file).Length > 0))
        {
            Thread.Sleep(10);
        }
        Thread.Sleep(TimeSpan.FromSeconds(1));
        using (var kill = Process.Start("kill", ["-INT", "--", $"-{group}"]))
            kill.WaitForExit();
        var result = GlideProcess.Finish(process);
        Assert.Equal(130, result.ExitCode);
        Assert.DoesNotContain("turn", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_second_Ctrl_C_does_not_wait_for_the_running_batch()
    {
        using var glide = new GlideProcess();
        File.WriteAllLines(glide.PathOf("p.txt"), ["a cat", "a dog"]);
        // An image of 1000 steps takes half a minute or more.
        using var process = glide.Start(null, "batch", "p.txt", "-o", "out", "--progress", "jsonl", "-m", "mini",
            "--steps", "1000", "--no-upsample", "--threads", "1");
        WaitFor("\"step\":1,");
        Interrupt();
        WaitFor("press Ctrl-C again to stop at once");
        var clock = Stopwatch.StartNew();
        Interrupt();
        Assert.Equal(130, GlideProcess.Finish(process).ExitCode);
        Assert.True(clock.Elapsed < EndsWithin, $"it took {clock.Elapsed.TotalSeconds:0.0} s");
        Assert.Empty(Directory.GetFiles(glide.PathOf("out")));

        void Interrupt()
        {
            using var kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
            kill.WaitForExit();
        }

        void WaitFor(string text)
        {
            while (!process.StandardError.ReadLine()!.Contains(text, StringComparison.Ordinal))
                continue;
        }
    }
}
