using System.Text.Json;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Batches;

/// <summary>Rows that compose prompts, and what else takes --and.</summary>
public sealed class BatchComposedTests : IDisposable
{
    private static readonly string[] s_quick =
        ["--model", "mini", "--no-upsample", "--steps", "2", "--threads", "1", "-q"];

    private readonly GlideProcess _glide = new();

    [Theory]
    [InlineData("rows.csv", "prompt,seed,and\na ring,7,a star:0.5 | a dot:-1\na ring,8,\n")]
    [InlineData("rows.jsonl", "{\"prompt\":\"a ring\",\"seed\":7,\"and\":\"a star:0.5|a dot:-1\"}\n"
        + "{\"prompt\":\"a ring\",\"seed\":8}\n")]
    public void A_row_composes_its_own_prompts(string name, string rows)
    {
        File.WriteAllText(_glide.PathOf(name), rows);
        Run(["batch", name, "-o", "out", .. s_quick]);
        Run(["sample", "a ring", "--and", "a star:0.5", "--and", "a dot:-1", "-s", "7", "-o", "composed.png",
            .. s_quick]);
        Run(["sample", "a ring", "-s", "8", "-o", "plain.png", .. s_quick]);
        Assert.Equal(Bytes("composed.png"), Bytes("out/a-ring-7.png"));
        Assert.Equal(Bytes("plain.png"), Bytes("out/a-ring-8.png"));
        Assert.Equal(["a star:0.5 | a dot:-1", null], File.ReadAllLines(_glide.PathOf("out/glide-batch.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement.TryGetProperty("and", out var and)
                ? and.GetString() : null).OrderBy(and => and is null));
    }

    [Fact]
    public void The_command_line_composes_all_rows_of_text()
    {
        File.WriteAllText(_glide.PathOf("p.txt"), "a ring\n");
        Run(["batch", "p.txt", "-o", "out", "--and", "a star", "--and", "a dot:-1", .. s_quick]);
        Run(["sample", "a ring", "--and", "a star | a dot:-1", "-s", "1", "-o", "one.png", .. s_quick]);
        Assert.Equal(Bytes("one.png"), Bytes("out/a-ring-1.png"));
    }

    [Fact]
    public void Edits_and_sweeps_compose_too()
    {
        string room = Path.Combine(GlideProcess.Checkout, "tests", "Glide.Cli.Tests", "Images", "room.png");
        string[][] commands =
        [
            ["edit", "a ring", "-i", room, "--strength", "1"],
            ["inpaint", "a ring", "-i", room, "--rect", "4,4,24,24", "--mode", "implicit"],
        ];
        foreach (string[] command in commands)
        {
            Run([.. command, "-s", "3", "-o", "plain.png", "--overwrite", .. s_quick]);
            Run([.. command, "-s", "3", "--and", "a blue star", "-o", "composed.png", "--overwrite", .. s_quick]);
            Run([.. command, "-s", "3", "--and", "a blue star:0", "-o", "zero.png", "--overwrite", .. s_quick]);
            Assert.False(Same("plain.png", "composed.png"));
            Assert.True(Same("plain.png", "zero.png"));
        }
        Run(["sweep", "a ring", "-g", "1,3", "--and", "a star", "-s", "3", "-o", "cells", .. s_quick]);
        Run(["sample", "a ring", "-g", "1", "--and", "a star", "-s", "3", "-o", "cell.png", .. s_quick]);
        Assert.Equal(Bytes("cell.png"), Bytes("cells/a-ring-guidance-scale-1.png"));
    }

    [Fact]
    public void A_forecast_counts_the_rows_of_further_prompts()
    {
        JsonElement Base(params string[] and) => JsonDocument.Parse(
            Run(["plan", "a ring", "--json", .. and, .. s_quick]).Output).RootElement.GetProperty("parts")[0]
            .GetProperty("base");
        // Ten rows in place of two take longer on any machine.
        string[] eight = ["--and", "a | b | c | d | e | f | g | h"];
        Assert.True(Base(eight).GetProperty("seconds_per_pass").GetDouble()
            > 1.5 * Base().GetProperty("seconds_per_pass").GetDouble());
    }

    public void Dispose() => _glide.Dispose();

    private CommandResult Run(params string[] arguments)
    {
        var result = _glide.Run(arguments);
        Assert.True(result.ExitCode == 0, result.Error);
        return result;
    }

    private byte[] Bytes(string name) => File.ReadAllBytes(_glide.PathOf(name));

    private bool Same(string one, string other) =>
        Pixels(one).SequenceEqual(Pixels(other));

    private byte[] Pixels(string name) => Glide.Images.ImageFile.Load(_glide.PathOf(name)).Image.Pixels;
}
