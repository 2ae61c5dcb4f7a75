using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Batches;

/// <summary>glide batch --device cuda:all, with processes on the CPU in the place of GPUs.</summary>
public sealed class BatchWorkersTests
{
    private static readonly string[] s_quick = ["--model", "mini", "--no-upsample", "--steps", "2", "--threads", "1"];
    private static readonly Dictionary<string, string?> s_three = new() { ["GLIDE_DEVICES"] = "cpu,cpu,cpu" };

    [Fact]
    public void Workers_make_together_what_one_process_makes_and_one_journal()
    {
        using var glide = new GlideProcess();
        File.WriteAllLines(glide.PathOf("p.txt"), Enumerable.Range(1, 8).Select(number => $"prompt {number % 3}"));
        Assert.Equal(0, glide.Run(["batch", "p.txt", "-o", "whole", .. s_quick]).ExitCode);
        var result = glide.Run(s_three, ["batch", "p.txt", "-o", "out", "--device", "cuda:all", "--progress", "jsonl",
            .. s_quick]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(Images(glide.PathOf("whole")), Images(glide.PathOf("out")));
        Assert.Equal(8, result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Count());
        Assert.Contains("""{"event":"finished","images_done":8,"images":8,"from_before":0,"failed":[]}""", result.Error, StringComparison.Ordinal);
        string journal = Assert.Single(Directory.GetFiles(glide.PathOf("out"), "*.jsonl"));
        Assert.Equal(Numbers(glide.PathOf("whole/glide-batch.jsonl")), Numbers(journal));
        var events = result.Error.Split('\n').Where(line => line.StartsWith('{'))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(item => item.GetProperty("event").GetString() == "progress").ToList();
        Assert.Equal(8, events.Max(item => item.GetProperty("images").GetInt32()));
        Assert.All(events, item => Assert.Equal("base", item.GetProperty("stage").GetString()));

        // The rest of a run that was divided otherwise, by one process.
        File.Delete(glide.PathOf("out/prompt-2-2.png"));
        var again = glide.Run(["batch", "p.txt", "-o", "out", "--resume", .. s_quick]);
        Assert.Equal("out/prompt-2-2.png\n", again.Output);
        Assert.Contains("--resume", glide.Run(s_three,
            ["batch", "p.txt", "-o", "out", "--device", "cuda:all", .. s_quick]).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failing_row_and_a_failing_worker_are_said_and_the_rest_is_made()
    {
        using var glide = new GlideProcess();
        File.WriteAllLines(glide.PathOf("p.txt"), Enumerable.Range(1, 4).Select(number => $"prompt {number}"));
        // There is no such GPU here: that worker refuses its device.
        var result = glide.Run(new Dictionary<string, string?> { ["GLIDE_DEVICES"] = "cpu,cuda:7" },
            ["batch", "p.txt", "-o", "out", "--device", "cuda:all", .. s_quick]);
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("error: cuda:7: --device cuda is not there", result.Error, StringComparison.Ordinal);
        Assert.Contains("error: the worker on cuda:7 ended with exit code 2", result.Error, StringComparison.Ordinal);
        Assert.Equal("out/prompt-1-1.png\nout/prompt-3-3.png\n", result.Output);
        var rest = glide.Run(["batch", "p.txt", "-o", "out", "--resume", .. s_quick]);
        Assert.Equal("out/prompt-2-2.png\nout/prompt-4-4.png\n", rest.Output);
    }

    [Fact]
    public void Without_a_gpu_and_from_stdin_it_is_refused()
    {
        using var glide = new GlideProcess();
        File.WriteAllText(glide.PathOf("p.txt"), "a cat");
        var none = new Dictionary<string, string?> { ["CUDA_VISIBLE_DEVICES"] = "" };
        var result = glide.Run(none, ["batch", "p.txt", "-o", "out", "--device", "cuda:all"]);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("error: --device cuda:all finds no GPU", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(glide.PathOf("out")));
        Assert.Contains("stdin has no end yet", glide.Run("batch", "-", "--device", "cuda:all").Error,
            StringComparison.Ordinal);
        Assert.Contains("found 'cuda:all'; allowed is auto, cpu, cuda or cuda:N",
            glide.Run("sample", "a", "--device", "cuda:all").Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("KILL", 137)]
    public void Workers_end_with_their_parent_and_nothing_is_lost(string signal, int exitCode)
    {
        using var glide = new GlideProcess();
        File.WriteAllLines(glide.PathOf("p.txt"), Enumerable.Range(1, 24).Select(number => $"prompt {number}"));
        string[] arguments = ["batch", "p.txt", "-o", "out", "--device", "cuda:all", "--resume", .. s_quick];
        using var process = glide.Start(s_three, arguments);
        process.StandardOutput.ReadLine();
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        // Its pipes are the workers' too where it is killed: this waits for them.
        Assert.Equal(exitCode, GlideProcess.Finish(process).ExitCode);
        string mark = glide.PathOf("out");
        var clock = Stopwatch.StartNew();
        while (WorkersIn(glide.Folder) > 0 && clock.Elapsed < TimeSpan.FromSeconds(10))
            Thread.Sleep(50);
        Assert.Equal(0, WorkersIn(glide.Folder));
        Assert.Empty(Directory.GetFiles(mark, "*.tmp"));
        var rest = glide.Run(s_three, arguments);
        Assert.True(rest.ExitCode == 0, rest.Error);
        Assert.Equal(24, Images(mark).Count);
        Assert.Equal(Enumerable.Range(1, 24), Numbers(Assert.Single(Directory.GetFiles(mark, "*.jsonl"))));
    }

    private static int WorkersIn(string folder) => Process.GetProcessesByName("Glide.Cli").Count(process =>
    {
        using (process)
            return new FileInfo($"/proc/{process.Id}/cwd").LinkTarget == folder;
    });

    private static IEnumerable<int> Numbers(string journal) =>
        File.ReadAllLines(journal).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("number")
            .GetInt32());

    private static SortedDictionary<string, string> Images(string folder) =>
        new(Directory.GetFiles(folder, "*.png").ToDictionary(path => Path.GetFileName(path), path =>
            Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))));
}
