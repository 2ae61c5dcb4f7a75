using System.CommandLine.Parsing;
using Glide.Cli.Output;
using Glide.Cli.Tests.Support;
using Glide.Pipelines;

namespace Glide.Cli.Tests.Output;

/// <summary>The commands in the documents are understood, and those beside the README's images make them.</summary>
public sealed class DocumentedCommandsTests
{
    private const string Launcher = "scripts/glide ";

    /// <summary>Another number of threads adds in another order, which a rounding to bytes may show.</summary>
    private const int RoundingLevels = 3;

    public static TheoryData<string> Documents =>
        [.. Directory.EnumerateFiles(Path.Combine(GlideProcess.Checkout, "docs"), "*.md", SearchOption.AllDirectories)
            .Prepend(Path.Combine(GlideProcess.Checkout, "README.md"))
            .Select(file => Path.GetRelativePath(GlideProcess.Checkout, file)).Order(StringComparer.Ordinal)];

    /// <summary>A command that stands in the README, and the image that it is said to make.</summary>
    public static TheoryData<string, string> Images => new()
    {
        { "scripts/glide sample \"a green triangle and a pink crescent\" -s 9",
            "docs/images/a-green-triangle-and-a-pink-crescent-9.png" },
        { "scripts/glide inpaint --image docs/images/shelf.png --rect 110,30,100,100 \"a green star\" --mode implicit "
            + "--seed 2", "docs/images/shelf-star.png" },
        { "scripts/glide edit --image docs/images/sketch.png --strength 0.8 \"a red circle and a blue triangle\" "
            + "--seed 3", "docs/images/sketch-edited.png" },
    };

    [Theory, MemberData(nameof(Documents))]
    public void Commands_in_blocks_are_understood(string document) =>
        Assert.All(Commands(File.ReadLines(Path.Combine(GlideProcess.Checkout, document))), command =>
        {
            var words = CommandLineParser.SplitCommandLine(command).Skip(1).ToArray();
            Assert.Empty(UsageFaults.Find(CommandLine.Build(TextWriter.Null, TextWriter.Null)
                .Parse(PreviewArgument.Complete(words)), words));
        });

    [Theory, MemberData(nameof(Images))]
    public void An_image_in_the_readme_comes_out_of_its_command(string command, string image)
    {
        string readme = File.ReadAllText(Path.Combine(GlideProcess.Checkout, "README.md"));
        Assert.Contains(command, readme, StringComparison.Ordinal);
        Assert.Contains($"]({image})", readme, StringComparison.Ordinal);

        using var glide = new GlideProcess();
        Directory.CreateSymbolicLink(glide.PathOf("docs"), Path.Combine(GlideProcess.Checkout, "docs"));
        var result = glide.Run([.. CommandLineParser.SplitCommandLine(command).Skip(1), "-m", "mini", "-o",
            "made.png"]);
        Assert.True(result.ExitCode == 0, result.Error);
        var shown = GeneratedImageFile.ReadPixels(Path.Combine(GlideProcess.Checkout, image));
        var made = GeneratedImageFile.ReadPixels(glide.PathOf("made.png"));
        Assert.Equal((shown.Width, shown.Height), (made.Width, made.Height));
        Assert.InRange(shown.Pixels.Zip(made.Pixels, (a, b) => Math.Abs(a - b)).Max(), 0, RoundingLevels);
    }

    // Lines of fenced and of indented blocks, without the remarks behind them; a backslash at the end joins the next.
    private static IEnumerable<string> Commands(IEnumerable<string> lines)
    {
        bool isFenced = false;
        string begun = "";
        foreach (string part in lines)
        {
            string line = begun + part;
            if (line.EndsWith(" \\", StringComparison.Ordinal))
            {
                begun = line[..^1];
                continue;
            }
            begun = "";
            isFenced ^= line.StartsWith("```", StringComparison.Ordinal);
            // What "auto" means stands in a scheduler's variables, which are not set here.
            string text = line.Split(" # ")[0].Trim().Replace("--shard auto", "--shard 1/2", StringComparison.Ordinal);
            if (text.StartsWith(Launcher, StringComparison.Ordinal))
                text = text["scripts/".Length..];
            if ((isFenced || line.StartsWith("    ", StringComparison.Ordinal))
                && text.StartsWith("glide ", StringComparison.Ordinal))
            {
                yield return text;
            }
        }
    }
}
