using System.Text.RegularExpressions;
using Glide.Tests.Support;

namespace Glide.Tests.Architecture;

/// <summary>What <c>docs/architecture.md</c> names is there.</summary>
public sealed partial class ArchitecturePageTests
{
    private static readonly string s_page = File.ReadAllText(
        Path.Combine(GoldenFiles.Checkout, "docs", "architecture.md"));

    [Fact]
    public void Files_that_it_names_exist()
    {
        var named = Paths().Matches(s_page).Select(match => match.Groups[1].Value).ToList();
        Assert.True(named.Count > 10);
        Assert.All(named, path => Assert.True(
            Path.Exists(Path.Combine(GoldenFiles.Checkout, path)),
                $"docs/architecture.md names {path}, which does not exist"));
    }

    /// <summary>The way of a prompt: at most ten methods in six files, each of which has the methods.</summary>
    [Fact]
    public void Methods_on_the_way_of_a_prompt_exist()
    {
        var steps = Steps().Matches(s_page);
        Assert.InRange(steps.Count, 1, 6);
        int methods = 0;
        foreach (Match step in steps)
        {
            string code = File.ReadAllText(Path.Combine(GoldenFiles.Checkout, step.Groups["file"].Value));
            foreach (Match method in Names().Matches(step.Groups["methods"].Value))
            {
                Assert.Contains($" {method.Groups[1].Value}(", code, StringComparison.Ordinal);
                methods++;
            }
        }
        Assert.InRange(methods, 1, 10);
    }

    [GeneratedRegex(@"`((?:src|tests|native|scripts)/[\w./-]+)`")]
    private static partial Regex Paths();

    [GeneratedRegex(@"^\d\. `(?<file>src/[\w./]+)`, (?<methods>[^:]+):", RegexOptions.Multiline)]
    private static partial Regex Steps();

    [GeneratedRegex(@"`(\w+)`")]
    private static partial Regex Names();
}
