using System.Text.Json;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Commands;

public sealed class BenchCommandTests
{
    private static readonly string[] s_beside =
        ["bench", "--model", "mini", "--rounds", "1", "--dtype", "fp32", "--beside", "original"];

    [Fact]
    public void Json_has_an_object_for_each_measurement()
    {
        using var glide = new GlideProcess();
        var result = glide.Run("bench", "--model", "mini", "--rounds", "1", "--dtype", "fp32", "--threads", "1",
            "--json", "--profile");

        Assert.Equal(0, result.ExitCode);
        var measured = result.Output.Trim().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(["base", "upsample"], measured.Select(line => line.GetProperty("stage").GetString()));
        Assert.All(measured, line =>
        {
            Assert.Equal(1, line.GetProperty("threads").GetInt32());
            double milliseconds = line.GetProperty("ms_per_step").GetDouble(),
                steps = line.GetProperty("steps_per_second").GetDouble();
            // As far as the printed digits go: a step of milliseconds has three behind the point, a rate has four.
            Assert.InRange(milliseconds * steps, 990, 1010);
            Assert.True(line.GetProperty("profile_ms").GetProperty("convolution").GetDouble() > 0);
        });
    }

    [Fact]
    public void The_table_has_a_line_for_each_measurement()
    {
        using var glide = new GlideProcess();
        var result = glide.Run("bench", "--model", "mini", "--rounds", "1", "--stage", "upsample", "--dtype", "fp32");

        Assert.Equal(0, result.ExitCode);
        string[] header = [.. Words(result.Output, "STAGE")], row = [.. Words(result.Output, "upsample")];
        Assert.Equal(["STAGE", "DTYPE", "GUIDED", "ROWS", "MS/STEP"], header[..5]);
        Assert.Equal(["upsample", "fp32", "none", "1"], row[..4]);
        Assert.Equal("measuring upsample in fp32\n", result.Error);
    }

    [Fact]
    public void Beside_the_original_every_measurement_has_a_row_of_each()
    {
        using var glide = new GlideProcess();
        var result = glide.Run([.. s_beside, "--json"]);

        Assert.Equal(0, result.ExitCode);
        var measured = result.Output.Trim().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(
            [("base", "glide"), ("base", "original"), ("upsample", "glide"), ("upsample", "original")],
            measured.Select(line => (Text(line, "stage"), Text(line, "implementation"))));
        foreach (var pair in measured.Chunk(2))
        {
            double[] milliseconds = [.. pair.Select(line => line.GetProperty("ms_per_step").GetDouble())];
            // As far as the three printed digits of the ratio go.
            Assert.Equal(milliseconds[1] / milliseconds[0], pair[0].GetProperty("speedup").GetDouble(), 2e-3);
            Assert.Equal(1, pair[1].GetProperty("speedup").GetDouble());
        }
    }

    [Fact]
    public void The_table_beside_the_original_names_both_and_their_ratio()
    {
        using var glide = new GlideProcess();
        var result = glide.Run([.. s_beside, "--stage", "base"]);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(
            ["STAGE", "DTYPE", "IMPL", "GUIDED", "ROWS", "MS/STEP", "SPEEDUP"], Words(result.Output, "STAGE").Take(7));
        Assert.Equal(["base", "fp32", "glide", "cfg", "2"], Words(result.Output, "base   fp32   glide").Take(5));
        string[] original = Words(result.Output, "base   fp32   original");
        Assert.Equal(("original", "1.00"), (original[2], original[6]));
        Assert.Equal("measuring base in fp32 beside the original\n", result.Error);
    }

    [Fact]
    public void The_table_beside_libtorch_names_it()
    {
        using var glide = new GlideProcess();
        var result = glide.Run(
            "bench", "--model", "mini", "--rounds", "1", "--dtype", "fp32", "--beside", "libtorch", "--stage", "base");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("libtorch", Words(result.Output, "base   fp32   libtorch")[2]);
        Assert.Contains("IMPL libtorch: its operations in the same network", result.Output, StringComparison.Ordinal);
        Assert.Equal("measuring base in fp32 beside libtorch\n", result.Error);
    }

    [Fact]
    public void Written_weights_are_a_model_set_that_draws()
    {
        using var glide = new GlideProcess();
        var written = glide.Run("bench", "--model", "mini", "--write", "formula", "--dtype", "bf16");
        var drawn = glide.Run("sample", "a red circle", "--model", "formula", "--steps", "1", "--upsample-steps", "1",
            "-o", "formula.png");

        Assert.Equal((0, "formula\n"), (written.ExitCode, written.Output));
        Assert.Equal((0, "formula.png\n"), (drawn.ExitCode, drawn.Output));
    }

    [Theory]
    [InlineData("bad value for --stage; found 'clip'; allowed is one of base, upsample", "--stage", "clip")]
    [InlineData("bad value for --rounds; found '50'; allowed is a whole number from 1 to 49", "--rounds", "50")]
    [InlineData("bad value for --guidance; found 'CLIP'; allowed is one of none, cfg, clip, both", "--guidance",
        "CLIP")]
    [InlineData("--guidance is the base's and --stage upsample measures the other one", "--guidance", "clip", "--stage",
        "upsample")]
    [InlineData("bad value for --beside; found 'pytorch'; allowed is one of original, libtorch", "--beside", "pytorch")]
    [InlineData("--beside original measures the U-Nets", "--beside", "original", "--guidance", "clip", "-m", "mini")]
    [InlineData("--dtype fp16 needs a GPU", "--dtype", "fp16", "--device", "cpu")]
    [InlineData("there is no model set 'nothing'", "--model", "nothing")]
    public void Bad_values_are_named(string message, params string[] arguments)
    {
        using var glide = new GlideProcess();
        var result = glide.Run(["bench", .. arguments]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"error: {message}", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    private static string? Text(JsonElement line, string key) => line.GetProperty(key).GetString();

    private static string[] Words(string output, string first) =>
        output.Split('\n').Single(line => line.StartsWith(first, StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
