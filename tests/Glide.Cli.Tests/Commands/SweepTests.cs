using Glide.Cli.Sweeps;
using Glide.Cli.Tests.Support;
using Glide.Sheets;

namespace Glide.Cli.Tests.Commands;

public sealed class SweepTests : IDisposable
{
    private static readonly string[] Quick = ["--no-upsample", "--threads", "1", "-m", "mini", "--quiet"];

    private readonly GlideProcess _glide = new();

    /// <summary>What is typed and what it means.</summary>
    public static TheoryData<string, string, string> Values => new()
    {
        { "guidance-scale", "1:6:1", "1 2 3 4 5 6" },
        { "guidance-scale", "1:2:0.1", "1 1.1 1.2 1.3 1.4 1.5 1.6 1.7 1.8 1.9 2" },
        { "guidance-scale", "1:2:0.4", "1 1.4 1.8" },
        { "guidance-scale", "-1:1", "-1 0 1" },
        { "guidance-scale", "3, 1,3", "3 1" },
        { "seed", "1-4", "1 2 3 4" },
        { "seed", "7,1-2,10:20:5", "7 1 2 10 15 20" },
        { "seed", "9223372036854775806-9223372036854775807", "9223372036854775806 9223372036854775807" },
        { "steps", "10,ddim50,fast27", "10 ddim50 fast27" },
        { "steps", "10:30:10", "10 20 30" },
        { "sampler", "dpmpp-2m,unipc-3", "dpmpp-2m unipc-3" },
    };

    public void Dispose() => _glide.Dispose();

    [Theory, MemberData(nameof(Values))]
    public void Lists_and_ranges_are_read_as_meant(string name, string text, string expected) =>
        Assert.Equal(expected.Split(' '), SweepAxis.Parse(name, text).Values);

    [Theory]
    [InlineData("1:6:0", "has a step that is not above 0")]
    [InlineData("6:1:1", "ends before it begins")]
    [InlineData("1,,2", "has an empty part")]
    [InlineData("0:1:0.0001", "has 10001 values, more than 10000")]
    public void Ranges_that_go_nowhere_are_refused(string text, string fault) =>
        Assert.Contains(fault, Assert.Throws<UsageException>(() => SweepAxis.Parse("guidance-scale", text)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Every_value_meets_every_other_and_a_cell_is_the_image_of_a_single_run()
    {
        var result = Sweep("a red circle", "-g", "1,3", "-s", "7-8", "--steps", "2", "-o", "kept");
        Assert.True(result.ExitCode == 0, result.Error);
        string[] expected =
        [
            "kept/a-red-circle-guidance-scale-1-seed-7.png", "kept/a-red-circle-guidance-scale-1-seed-8.png",
            "kept/a-red-circle-guidance-scale-3-seed-7.png", "kept/a-red-circle-guidance-scale-3-seed-8.png",
            "kept/a-red-circle-sweep.png",
        ];
        // --steps has one value and is no axis.
        Assert.Equal(expected, result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));

        var sheet = SheetRecord.Read(_glide.PathOf("kept/a-red-circle-sweep.png"))!;
        Assert.Equal("sweep", sheet.Task);
        Assert.Equal([(1.0, 7L), (1, 8), (3, 7), (3, 8)],
            sheet.Images.Select(image => (sheet.Recipes[image.Recipe].Base.GuidanceScale, image.Seed)));
        _glide.Run(["sample", "a red circle", "-g", "3", "-s", "8", "--steps", "2", "-o", "single.png", .. Quick]);
        Assert.Equal(File.ReadAllBytes(_glide.PathOf("single.png")),
            File.ReadAllBytes(_glide.PathOf("kept/a-red-circle-guidance-scale-3-seed-8.png")));
    }

    [Theory]
    [InlineData("the sweep has too many cells; found 20 of --guidance-scale × 20 of --seed = 400; allowed are 256",
        "-g", "1:20", "-s", "1-20")]
    [InlineData("there is nothing to sweep over")]
    [InlineData("bad value for --guidance-scale; found '101'", "-g", "1,101")]
    [InlineData("bad value for --sampler; found 'euler'", "--sampler", "ddim,euler")]
    [InlineData("--churn belongs to the sampler heun", "--sampler", "heun,ddim", "--churn", "10")]
    [InlineData("allowed is a folder; name the table with --grid", "-g", "1,2", "-o", "a.png")]
    [InlineData("the file exists; 'taken.png'", "-g", "1,2", "--grid", "taken.png")]
    public void What_cannot_be_drawn_is_refused_before_anything_is_made(string message, params string[] options)
    {
        File.WriteAllText(_glide.PathOf("taken.png"), "mine");
        var result = Sweep(["a ring", .. options]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal(["taken.png"], Directory.GetFileSystemEntries(_glide.Folder).Select(Path.GetFileName));
    }

    private CommandResult Sweep(params string[] arguments) => _glide.Run(["sweep", .. arguments, .. Quick]);
}
