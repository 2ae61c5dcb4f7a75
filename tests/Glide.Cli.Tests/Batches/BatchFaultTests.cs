using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Batches;

/// <summary>What may happen to a batch from outside: disks, pipes, signals, other runs.</summary>
public sealed class BatchFaultTests : IDisposable
{
    private const string Quick = "--model mini --no-upsample --steps 1 --threads 1";
    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void A_full_disk_ends_the_run_with_6_and_what_is_whole_is_kept()
    {
        WritePrompts(40);
        // No file may grow beyond 24 × 512 bytes: images fit, and the journal until it has a dozen lines.
        var result = _glide.Shell($"ulimit -f 24; glide batch p.txt -o out {Quick}");
        Assert.True(result.ExitCode == 6, $"{result.ExitCode} {result.Error}");
        Assert.Contains("error: disk full writing 'out/glide-batch.jsonl'", result.Error, StringComparison.Ordinal);
        Assert.Contains("--resume goes on from there", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        int printed = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
        Assert.InRange(printed, 1, 39);
        Assert.Empty(Directory.GetFiles(_glide.PathOf("out"), "*.tmp"));
        Assert.All(Directory.GetFiles(_glide.PathOf("out"), "*.png"), file =>
            Assert.Equal("IEND"u8.ToArray(), File.ReadAllBytes(file)[^8..^4]));
        var rest = _glide.Shell($"glide batch p.txt -o out --resume {Quick}");
        Assert.True(rest.ExitCode == 0, rest.Error);
        Assert.Equal(40 - printed, rest.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(Enumerable.Range(1, 40), Numbers());
    }

    [Fact]
    public void Images_that_do_not_fit_leave_nothing_behind()
    {
        WritePrompts(3);
        var result = _glide.Shell($"ulimit -f 4; glide batch p.txt -o out --sampler ddpm {Quick}");
        Assert.True(result.ExitCode == 6, $"{result.ExitCode} {result.Error}");
        Assert.Contains("error: disk full writing 'out/prompt-1-1.png'", result.Error, StringComparison.Ordinal);
        // One error, not one for each image that would not fit either.
        Assert.Single(result.Error.Split('\n'), line => line.StartsWith("error: ", StringComparison.Ordinal));
        Assert.Empty(result.Output);
        Assert.Empty(Directory.GetFiles(_glide.PathOf("out")));
    }

    [Theory]
    [InlineData("glide batch p.txt -o out Q | head -1", 0)]
    [InlineData("glide batch p.txt -o out Q >&-", 0)]
    [InlineData("glide batch p.txt -o out Q <&-", 0)]
    [InlineData("glide batch p.txt -o out --progress jsonl Q 2>&-", 0)]
    [InlineData("glide batch p.txt -o out Q > /dev/full", 6)]
    public void Streams_that_nobody_reads_do_no_harm(string command, int exitCode)
    {
        WritePrompts(3);
        var result = _glide.Shell(command.Replace("Q", Quick, StringComparison.Ordinal));
        Assert.True(result.ExitCode == exitCode, $"{result.ExitCode} {result.Error}");
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], Numbers());
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public void A_signal_to_stop_keeps_what_is_finished(string signal, int exitCode)
    {
        WritePrompts(200);
        using var process = _glide.Start(null, ["batch", "p.txt", "-o", "out", .. Quick.Split(' ')]);
        process.StandardOutput.ReadLine();
        using (var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]))
            kill.WaitForExit();
        var result = GlideProcess.Finish(process);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Empty(Directory.GetFiles(_glide.PathOf("out"), "*.tmp"));
        Assert.InRange(Numbers().Count(), 1, 199);
        Assert.All(Directory.GetFiles(_glide.PathOf("out"), "*.png"), file =>
            Assert.Equal("IEND"u8.ToArray(), File.ReadAllBytes(file)[^8..^4]));
    }

    [Fact]
    public void Two_runs_in_one_folder_lose_nothing()
    {
        WritePrompts(12);
        string[] arguments = ["batch", "p.txt", "-o", "out", .. Quick.Split(' ')];
        var both = Enumerable.Range(0, 2).Select(_ => _glide.Start(null, arguments)).ToList();
        var results = both.Select(GlideProcess.Finish).ToList();
        both.ForEach(process => process.Dispose());
        // One of them is told; the other makes all.
        Assert.Equal([0, 2], results.Select(result => result.ExitCode).Order());
        Assert.Matches("another run writes to this folder|the journal of an earlier run|the file exists",
            results.Single(result => result.ExitCode == 2).Error);
        Assert.Equal(12, Directory.GetFiles(_glide.PathOf("out"), "*.png").Length);
        var rest = _glide.Shell($"glide batch p.txt -o out --resume {Quick}");
        Assert.True(rest.ExitCode == 0, rest.Error);
        Assert.Equal(12, Numbers().Distinct().Count());
    }

    [Fact]
    public void A_folder_that_is_removed_on_the_way_ends_the_run()
    {
        WritePrompts(200);
        using var process = _glide.Start(null, ["batch", "p.txt", "-o", "out", .. Quick.Split(' ')]);
        process.StandardOutput.ReadLine();
        Directory.Move(_glide.PathOf("out"), _glide.PathOf("away"));
        var result = GlideProcess.Finish(process);
        Assert.Equal(6, result.ExitCode);
        Assert.Contains("cannot be written", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_glide.PathOf("out")));
    }

    [Theory]
    [InlineData("p.txt", "--output is no folder; 'p.txt' is a file")]
    [InlineData("one.png", "--output names one image; found 'one.png'")]
    [InlineData("/proc/nothing", "images cannot be written to '/proc/nothing'; no file can be made there; choose")]
    public void A_folder_that_cannot_be_is_refused_before_anything_is_made(string folder, string message)
    {
        WritePrompts(1);
        var result = _glide.Shell($"glide batch p.txt -o {folder} {Quick}");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public void Memory_is_flat_behind_the_first_images()
    {
        const int Rows = 120;
        // What the collector and the allocator keep or give back moves by a few megabytes; the activations of one image
        // that stayed with each row would be ten times that.
        const long Tolerance = 16L << 20;
        WritePrompts(Rows);
        using var process = _glide.Start(null, ["batch", "p.txt", "-o", "out", .. Quick.Split(' ')]);
        long before = 0, after = 0;
        for (int row = 1; row <= Rows - 2; row++)
        {
            process.StandardOutput.ReadLine();
            if (row == 50)
                before = ResidentBytes(process);
            if (row == Rows - 2)
                after = ResidentBytes(process);
        }
        Assert.Equal(0, GlideProcess.Finish(process).ExitCode);
        Assert.True(after - before < Tolerance,
            $"{before >> 20} MB after 50 images, {after >> 20} MB after {Rows - 2}");
    }

    private static long ResidentBytes(Process process) =>
        1024 * long.Parse(File.ReadLines($"/proc/{process.Id}/status")
            .First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    private void WritePrompts(int count) => File.WriteAllLines(_glide.PathOf("p.txt"), Enumerable.Range(1, count)
        .Select(number => $"prompt {number}"));

    private IEnumerable<int> Numbers() =>
        File.ReadAllLines(_glide.PathOf("out/glide-batch.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("number").GetInt32());
}
