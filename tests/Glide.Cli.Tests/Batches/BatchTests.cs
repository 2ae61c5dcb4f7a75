using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Batches;

/// <summary>glide batch from end to end on the mini models.</summary>
public sealed class BatchTests
{
    private static readonly string[] s_quick = ["--model", "mini", "--no-upsample", "--steps", "2", "--threads", "1"];

    [Fact]
    public void A_journal_line_stands_for_every_image()
    {
        using var glide = new GlideProcess();
        File.WriteAllText(glide.PathOf("rows.csv"),
            "prompt,seed,count,output,steps\na red circle,7,2,,\na red circle,7,,,3\n\"blue, "
                + "square\",,,sub/square.png,\n");
        var result = glide.Run(["batch", "rows.csv", "-o", "out", .. s_quick]);
        Assert.True(result.ExitCode == 0, result.Error);
        string[] names = ["a-red-circle-7.png", "a-red-circle-8.png", "sub/square.png", "a-red-circle-7-2.png"];
        Assert.Equal(names.Select(name => $"out/{name}"),
            result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        foreach (var line in Journal(glide.PathOf("out/glide-batch.jsonl")))
        {
            byte[] image = File.ReadAllBytes(glide.PathOf($"out/{line.GetProperty("path").GetString()}"));
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(image)), line.GetProperty("sha256").GetString());
            Assert.Equal(4, line.GetProperty("of").GetInt32());
            Assert.Equal("mini", line.GetProperty("settings").GetProperty("model").GetString());
        }
        // As if the row had been drawn alone.
        glide.Run(["sample", "a red circle", "-s", "8", "-o", "alone.png", .. s_quick]);
        Assert.Equal(File.ReadAllBytes(glide.PathOf("alone.png")),
            File.ReadAllBytes(glide.PathOf("out/a-red-circle-8.png")));
        var shown = glide.Run("show", "out/a-red-circle-7-2.png");
        Assert.Contains("seed       7", shown.Output, StringComparison.Ordinal);
        Assert.Contains("steps 3", shown.Output, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string> BadFiles => new()
    {
        { "p.jsonl", "{\"prompt\":\"a\",\"sed\":1}", "line 1: unknown field 'sed'" },
        { "p.jsonl", "{\"prompt\":\"a\"}\n{\"prompt\":\"a\",\"steps\":\"0\"}", "line 2: bad value for --steps" },
        { "p.jsonl", "{\"prompt\":\"a\",\"output\":\"../a.png\"}", "line 1: bad value for output" },
        { "p.jsonl", "{\"prompt\":\"a\",\"no_upsample\":\"maybe\"}", "line 1: bad value for no-upsample" },
        { "p.csv", "prompt,output\na,x.png\nb,x.png", "line 3: the output 'x.png' is that of an earlier row" },
        { "p.txt", "# nothing", "there are no prompts" },
    };

    [Theory, MemberData(nameof(BadFiles))]
    public void A_bad_row_is_refused_before_anything_is_made(string name, string text, string message)
    {
        using var glide = new GlideProcess();
        File.WriteAllText(glide.PathOf(name), text);
        var result = glide.Run("batch", name, "-o", "out");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
        Assert.False(Directory.Exists(glide.PathOf("out")));
    }

    [Theory]
    [InlineData("none.txt", "the file of prompts cannot be read; 'none.txt'")]
    [InlineData(".", "'.' is a folder; give a file of prompts")]
    [InlineData("empty.txt", "there are no prompts in 'empty.txt'; found 0 lines without a row")]
    [InlineData("/dev/null", "there are no prompts in '/dev/null'")]
    [InlineData("/dev/zero", "'/dev/zero' line 1 is longer than 1048576 bytes")]
    [InlineData("wide.txt", "'wide.txt' line 1: the text is UTF-16")]
    public void What_is_no_file_of_prompts_is_refused_at_once(string file, string message)
    {
        using var glide = new GlideProcess();
        File.WriteAllText(glide.PathOf("empty.txt"), "");
        File.WriteAllText(glide.PathOf("wide.txt"), "a cat", System.Text.Encoding.Unicode);
        var result = glide.Run("batch", file, "--keep-going");
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"error: {message}", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public void Of_very_many_bad_rows_the_first_are_told_and_the_others_counted()
    {
        using var glide = new GlideProcess();
        File.WriteAllLines(glide.PathOf("p.jsonl"), Enumerable.Repeat("{}", 60));
        var result = glide.Run("batch", "p.jsonl", "-o", "out");
        Assert.Equal(2, result.ExitCode);
        Assert.Equal(51, result.Error.Split('\n').Count(line => line.StartsWith("error: ", StringComparison.Ordinal)));
        Assert.Contains("'p.jsonl' has 10 more rows that cannot be understood", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Keep_going_skips_bad_rows_and_says_so()
    {
        using var glide = new GlideProcess();
        File.WriteAllText(glide.PathOf("p.jsonl"), "{\"prompt\":\"a\"}\n{\"seed\":1}\n{\"prompt\":\"b\"}");
        var result = glide.Run(["batch", "p.jsonl", "--keep-going", "-o", "out", .. s_quick]);
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("2 of 3 images", result.Error, StringComparison.Ordinal);
        Assert.Contains("failed: line 2: there is no 'prompt'", result.Error, StringComparison.Ordinal);
        Assert.Equal(2, Journal(glide.PathOf("out/glide-batch.jsonl")).Count);
    }

    [Fact]
    public void A_line_in_another_encoding_is_skipped_with_keep_going_and_mended_with_resume()
    {
        using var glide = new GlideProcess();
        File.WriteAllBytes(glide.PathOf("p.txt"), [.. "a\ncaf"u8, 0xE9, .. "\nb\n"u8]);
        string[] arguments = ["batch", "p.txt", "-o", "out", .. s_quick];
        var refused = glide.Run(arguments);
        Assert.Equal(2, refused.ExitCode);
        Assert.StartsWith("error: 'p.txt' line 2: byte 0xE9 is not UTF-8", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(glide.PathOf("out")));
        var result = glide.Run([.. arguments, "--keep-going"]);
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("warning: 'p.txt' line 2: byte 0xE9 is not UTF-8; save the file in that encoding; skipped",
            result.Error, StringComparison.Ordinal);
        Assert.Contains("2 of 3 images", result.Error, StringComparison.Ordinal);
        // The mended row is made, though it moves the numbers of those behind it.
        File.WriteAllText(glide.PathOf("p.txt"), "a\ncafé\nb\n");
        var rest = glide.Run([.. arguments, "--resume"]);
        Assert.True(rest.ExitCode == 0, rest.Error);
        Assert.Equal("out/café-2.png\n", rest.Output);
        Assert.Equal(["1 3", "2 3", "3 3"], Journal(glide.PathOf("out/glide-batch.jsonl"))
            .Select(line => $"{line.GetProperty("number")} {line.GetProperty("of")}").Order());
    }

    [Fact]
    public void Resume_makes_what_is_missing_and_refuses_other_settings()
    {
        using var glide = new GlideProcess();
        File.WriteAllLines(glide.PathOf("p.txt"), Enumerable.Range(1, 6).Select(number => $"prompt {number}"));
        Assert.Equal(0, glide.Run(["batch", "p.txt", "-o", "out", .. s_quick]).ExitCode);
        var before = Images(glide.PathOf("out"));
        Assert.Contains("--resume", glide.Run(["batch", "p.txt", "-o", "out", .. s_quick]).Error,
            StringComparison.Ordinal);

        File.Delete(glide.PathOf("out/prompt-2-2.png"));
        File.AppendAllText(glide.PathOf("out/prompt-3-3.png"), "x");
        File.AppendAllText(glide.PathOf("out/glide-batch.jsonl"), "{\"number\":");
        File.WriteAllText(glide.PathOf("out/.glide-999999-0123456789abcdef.tmp"), "x");
        var result = glide.Run(["batch", "p.txt", "-o", "out", "--resume", .. s_quick]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal("out/prompt-2-2.png\nout/prompt-3-3.png\n", result.Output);
        Assert.Contains("6 of 6 images, 4 of them from before", result.Error, StringComparison.Ordinal);
        Assert.Equal(before, Images(glide.PathOf("out")));
        Assert.Empty(Directory.GetFiles(glide.PathOf("out"), ".glide-*"));
        Assert.Equal(6, Journal(glide.PathOf("out/glide-batch.jsonl")).Count);

        var other = glide.Run(["batch", "p.txt", "-o", "out", "--resume", .. s_quick, "-g", "2"]);
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("guidance_scale was 3, is 2", other.Error, StringComparison.Ordinal);
        Assert.Empty(other.Output);
    }

    [Fact]
    public void Shards_are_the_whole_run_byte_for_byte_and_merge()
    {
        using var glide = new GlideProcess();
        File.WriteAllLines(glide.PathOf("p.txt"), Enumerable.Range(1, 7).Select(number => $"prompt {number % 3}"));
        Assert.Equal(0, glide.Run(["batch", "p.txt", "-o", "whole", .. s_quick]).ExitCode);
        Assert.Equal(0, glide.Run(["batch", "p.txt", "-o", "parts", "--shard", "1/3", .. s_quick]).ExitCode);
        Assert.Equal(0, glide.Run(["batch", "p.txt", "-o", "parts", "--shard", "3/3", .. s_quick]).ExitCode);
        var incomplete = glide.Run("batch", "--merge", "parts");
        Assert.Equal(3, incomplete.ExitCode);
        Assert.Contains("missing: 2, 5", incomplete.Error, StringComparison.Ordinal);
        var slurm = new Dictionary<string, string?> { ["SLURM_ARRAY_TASK_ID"] = "1", ["SLURM_ARRAY_TASK_COUNT"] = "3" };
        Assert.Equal(0, glide.Run(slurm, ["batch", "p.txt", "-o", "parts", "--shard", "auto", .. s_quick]).ExitCode);
        Assert.Equal(0, glide.Run("batch", "--merge", "parts").ExitCode);
        Assert.Equal(Images(glide.PathOf("whole")), Images(glide.PathOf("parts")));
        Assert.Equal(Enumerable.Range(1, 7), Journal(glide.PathOf("parts/glide-batch.jsonl"))
            .Select(line => line.GetProperty("number").GetInt32()));
    }

    [Fact]
    public void Images_whose_rows_were_taken_out_stay_and_are_left_aside()
    {
        using var glide = new GlideProcess();
        File.WriteAllText(glide.PathOf("p.txt"), "a\nb\nc\n");
        string[] arguments = ["batch", "p.txt", "-o", "out", "--resume", .. s_quick];
        Assert.Equal(0, glide.Run(arguments).ExitCode);
        File.WriteAllText(glide.PathOf("p.txt"), "a\n# b\nc\n");
        var fewer = glide.Run(arguments);
        Assert.True(fewer.ExitCode == 0, fewer.Error);
        Assert.Contains("kept though FILE has no row for it: out/b-2.png\n", fewer.Error, StringComparison.Ordinal);
        Assert.Contains("2 of 2 images, 2 of them from before", fewer.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(glide.PathOf("out/b-2.png")));
        var merged = glide.Run("batch", "--merge", "out");
        Assert.True(merged.ExitCode == 0, merged.Error);
        Assert.Contains("2 of 2 images", merged.Error, StringComparison.Ordinal);

        // A row that comes back is made already, where no merge has forgotten it.
        var other = new GlideProcess();
        using (other)
        {
            File.WriteAllText(other.PathOf("p.txt"), "a\n# b\nc\n");
            File.WriteAllText(other.PathOf("all.txt"), "a\nb\nc\n");
            Assert.Equal(0, other.Run(["batch", "all.txt", "-o", "out", .. s_quick]).ExitCode);
            Assert.Equal(0, other.Run(arguments).ExitCode);
            var back = other.Run(["batch", "all.txt", "-o", "out", "--resume", .. s_quick]);
            Assert.Empty(back.Output);
            Assert.Equal([1, 2, 3], Journal(other.PathOf("out/glide-batch.jsonl"))
                .Select(line => line.GetProperty("number").GetInt32()));
        }
    }

    [Fact]
    public void Ctrl_C_finishes_the_running_batch_and_keeps_it()
    {
        using var glide = new GlideProcess();
        File.WriteAllLines(glide.PathOf("p.txt"), Enumerable.Range(1, 200).Select(number => $"prompt {number}"));
        using var process = glide.Start(null, ["batch", "p.txt", "-o", "out", "--batch-size", "2", .. s_quick]);
        process.StandardOutput.ReadLine();
        using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        var result = GlideProcess.Finish(process);
        Assert.Equal(130, result.ExitCode);
        Assert.Contains("--resume goes on from there", result.Error, StringComparison.Ordinal);
        var journal = Journal(glide.PathOf("out/glide-batch.jsonl"));
        Assert.InRange(journal.Count, 2, 198);
        Assert.Equal(0, journal.Count % 2);
        Assert.Equal(journal.Count, Images(glide.PathOf("out")).Count);
    }

    [Fact]
    public void Kills_at_any_moment_lose_nothing()
    {
        const int Kills = 20;
        using var glide = new GlideProcess();
        File.WriteAllLines(glide.PathOf("p.txt"), Enumerable.Range(1, 40).Select(number => $"prompt {number}"));
        string[] arguments = ["batch", "p.txt", .. s_quick];
        var clock = Stopwatch.StartNew();
        Assert.Equal(0, glide.Run([.. arguments, "-o", "whole"]).ExitCode);
        int most = (int)clock.ElapsedMilliseconds;
        var random = new Random(5);
        for (int kill = 0; kill < Kills; kill++)
        {
            using var process = glide.Start(null, [.. arguments, "-o", "killed", "--resume"]);
            process.WaitForExit(random.Next(most));
            process.Kill();
            process.WaitForExit();
        }
        var last = glide.Run([.. arguments, "-o", "killed", "--resume"]);
        Assert.True(last.ExitCode == 0, last.Error);
        Assert.Equal(Images(glide.PathOf("whole")), Images(glide.PathOf("killed")));
        Assert.Equal(40, Journal(glide.PathOf("killed/glide-batch.jsonl"))
            .Select(line => line.GetProperty("number").GetInt32()).Distinct().Count());
        Assert.Empty(Directory.GetFiles(glide.PathOf("killed"), "*.tmp"));
    }

    private static List<JsonElement> Journal(string path) =>
        [.. File.ReadAllLines(path).Select(line => JsonDocument.Parse(line).RootElement)];

    private static SortedDictionary<string, string> Images(string folder) =>
        new(Directory.GetFiles(folder, "*.png").ToDictionary(path => Path.GetFileName(path), path =>
            Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))));
}
