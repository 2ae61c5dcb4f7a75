using System.Diagnostics;
using System.Security.Cryptography;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Batches;

/// <summary>
/// The commands of docs/clusters.md, run as local processes that know of their share what a cluster tells them.
/// </summary>
public sealed class ClustersGuideTests
{
    private const string Quick = " --model mini --no-upsample --steps 2 --threads 1";
    private const int Shards = 3;

    public static TheoryData<string, string> Clusters => new()
    {
        { "## Slurm", "SLURM_ARRAY_TASK_ID={0} SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=0" },
        { "## Kubernetes", "JOB_COMPLETION_INDEX={0} GLIDE_SHARDS=3" },
    };

    [Theory, MemberData(nameof(Clusters))]
    public void Workers_make_together_what_one_run_makes(string chapter, string variables)
    {
        using var glide = new GlideProcess();
        File.WriteAllLines(glide.PathOf("prompts.txt"), Enumerable.Range(1, 7).Select(number => $"prompt {number}"));
        string worker = Assert.Single(Commands(chapter), line =>
            line.Contains("--shard auto", StringComparison.Ordinal));
        var processes = Enumerable.Range(0, Shards)
            .Select(index => Shell(glide, worker + Quick, string.Format(null, variables, index))).ToList();
        foreach (var process in processes)
        {
            using (process)
            {
                var result = GlideProcess.Finish(process);
                Assert.True(result.ExitCode == 0, result.Error);
            }
        }
        using var merge = Shell(glide, Assert.Single(Commands("## Slurm"), line =>
            line.Contains("--merge", StringComparison.Ordinal)), "");
        Assert.Equal(0, GlideProcess.Finish(merge).ExitCode);
        using var whole = Shell(glide, "glide batch prompts.txt -o whole" + Quick, "");
        Assert.Equal(0, GlideProcess.Finish(whole).ExitCode);
        Assert.Equal(Hashes(glide.PathOf("whole")), Hashes(glide.PathOf("images")));
        Assert.Equal(7, File.ReadAllLines(glide.PathOf("images/glide-batch.jsonl")).Length);
    }

    private static IEnumerable<string> Commands(string chapter)
    {
        string text = File.ReadAllText(Path.Combine(GlideProcess.Checkout, "docs", "clusters.md"));
        return text[text.IndexOf(chapter, StringComparison.Ordinal)..].Split("\n## ")[0].Split('\n')
            .Select(line => line.Trim()).Where(line => line.StartsWith("glide ", StringComparison.Ordinal));
    }

    private static Process Shell(GlideProcess glide, string command, string variables)
    {
        var start = new ProcessStartInfo("/bin/sh",
            ["-c", $"glide() {{ '{GlideProcess.Program}' \"$@\"; }}; {command}"])
        {
            WorkingDirectory = glide.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string variable in variables.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            start.Environment[variable.Split('=')[0]] = variable.Split('=')[1];
        return Process.Start(start)!;
    }

    private static SortedDictionary<string, string> Hashes(string folder) =>
        new(Directory.GetFiles(folder, "*.png").ToDictionary(path => Path.GetFileName(path), path =>
            Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))));
}
