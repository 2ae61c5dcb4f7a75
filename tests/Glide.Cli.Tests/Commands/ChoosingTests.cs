using System.Text.Json;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Commands;

/// <summary>--best-of and --cull from end to end on the built-in models.</summary>
public sealed class ChoosingTests : IDisposable
{
    private static readonly string[] Quick =
        ["--model", "mini", "--steps", "5", "--no-upsample", "--threads", "1", "--quiet"];

    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void The_best_of_many_are_written_with_their_scores()
    {
        Sample("a red circle", "-s", "1", "-n", "6", "-o", "all");
        var all = Scores("all", "a red circle", Enumerable.Range(1, 6));
        var best = all.OrderByDescending(score => score.Value).Take(2).Select(score => score.Key).Order().ToArray();

        var lines = Sample("a red circle", "-s", "1", "-n", "2", "--best-of", "6", "--json", "-o", "best").Output.Trim()
            .Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(best, lines.Select(line => (int)line.GetProperty("seed").GetInt64()));
        Assert.Equal(2, Directory.GetFiles(_glide.PathOf("best")).Length);
        foreach (var line in lines)
        {
            var settings = line.GetProperty("settings");
            // Printed with six digits; the images may differ by one level, made in batches of other sizes.
            Assert.Equal(all[(int)line.GetProperty("seed").GetInt64()], settings.GetProperty("score").GetDouble(),
                1e-3);
            Assert.Equal(6, settings.GetProperty("choice").GetProperty("best_of").GetInt32());
            string file = File.ReadAllText(_glide.PathOf(line.GetProperty("path").GetString()!),
                System.Text.Encoding.Latin1);
            Assert.Contains($"\"score\":{settings.GetProperty("score").GetRawText()}", file, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Pruning_is_recorded_and_the_same_command_gives_the_same_bytes()
    {
        string[] command = ["-s", "1", "-n", "2", "--best-of", "6", "--cull", "0.5@0.4", "--batch-size", "4", "--json"];
        var lines = Sample("a red circle", [.. command, "-o", "a"]).Output.Trim().Split('\n')
            .Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(2, lines.Length);
        var choice = lines[0].GetProperty("settings").GetProperty("choice");
        Assert.Equal("0.5@0.4", choice.GetProperty("cull").GetString());
        Assert.InRange(choice.GetProperty("score_at_cull").GetDouble(), -1, 1);
        Sample("a red circle", [.. command, "-o", "b"]);
        foreach (string path in Directory.GetFiles(_glide.PathOf("a")))
        {
            Assert.Equal(File.ReadAllBytes(path),
                File.ReadAllBytes(path.Replace("/a/", "/b/", StringComparison.Ordinal)));
        }
    }

    [Theory]
    [InlineData("add --best-of N", "--cull", "0.5@0.4")]
    [InlineData("such as 0.5@0.4", "--best-of", "8", "--cull", "half")]
    [InlineData("leaves 4 of --best-of 8, fewer than --count 5", "--best-of", "8", "--cull", "0.5@0.4", "-n", "5")]
    [InlineData("drops none of --best-of 3", "--best-of", "3", "--cull", "0.2@0.4")]
    [InlineData("takes 1 step", "--best-of", "4", "--cull", "0.5@0.4", "--steps", "1")]
    public void Contradictions_are_refused(string message, params string[] options)
    {
        var result = _glide.Run(["sample", "a red circle", "--model", "mini", "--no-upsample", .. options]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_glide.Folder));
    }

    [Fact]
    public void A_table_of_scores_has_a_row_an_image_and_a_column_a_prompt()
    {
        Sample("a red circle", "-s", "1", "-n", "2", "-o", "all");
        string tooLong = string.Join(' ', Enumerable.Repeat("a", 40));
        var result = _glide.Run("score", "all/a-red-circle-1.png", "all/a-red-circle-2.png", "-p", "a red circle", "-p",
            tooLong, "--model", "mini", "--threads", "1");
        Assert.Equal(0, result.ExitCode);
        string[] lines = result.Output.TrimEnd().Split('\n');
        Assert.StartsWith("image", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(tooLong, lines[0], StringComparison.Ordinal);
        Assert.All(lines[1..], (line, row) => Assert.Matches(
            $@"^all/a-red-circle-{row + 1}\.png +-?0\.\d{{4}} +-?0\.\d{{4}}$", line));
        Assert.Equal("warning: the prompt is cut to 22 of 40 tokens at ' a a a a a a a a a a'\n", result.Error);
    }

    [Fact]
    public void A_batch_keeps_all_its_images()
    {
        File.WriteAllText(_glide.PathOf("rows.jsonl"), "{\"prompt\": \"a red circle\", \"cull\": \"0.5@0.4\"}\n");
        var result = _glide.Run("batch", "rows.jsonl", "-o", "out", "--model", "mini", "--no-upsample");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("unknown field 'cull'", result.Error, StringComparison.Ordinal);
    }

    private CommandResult Sample(string prompt, params string[] more)
    {
        var result = _glide.Run(["sample", prompt, .. Quick, .. more]);
        Assert.True(result.ExitCode == 0, result.Error);
        return result;
    }

    private Dictionary<int, double> Scores(string folder, string prompt, IEnumerable<int> seeds)
    {
        var result = _glide.Run(["score", .. seeds.Select(seed => Path.Combine(folder, $"a-red-circle-{seed}.png")),
            "-p", prompt, "--model", "mini", "--threads", "1", "--json"]);
        return seeds.Zip(result.Output.Trim().Split('\n'), (seed, line) =>
            (seed, score: JsonDocument.Parse(line).RootElement.GetProperty("scores")[0].GetProperty("score")
                .GetDouble()))
            .ToDictionary(row => row.seed, row => row.score);
    }
}
