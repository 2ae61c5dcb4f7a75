using System.Text.RegularExpressions;
using Glide.Diffusion;
using Glide.Diffusion.Samplers;
using Glide.Pipelines;
using Glide.Tests.Support;

namespace Glide.Tests.Architecture;

/// <summary>Sizes and words of CONTRIBUTING.md, for every C# file.</summary>
public sealed partial class SourceRulesTests
{
    private const int MostFiles = 25, MostLines = 300, MostCharacters = 120;

    private static readonly string[] s_files =
    [
        .. new[] { "src", "tests", "tools", "build" }.SelectMany(folder => Directory.EnumerateFiles(
            Path.Combine(GoldenFiles.Checkout, folder), "*.cs", SearchOption.AllDirectories)),
    ];

    private static readonly string[] s_product =
        [.. s_files.Where(file => file.StartsWith(Path.Combine(GoldenFiles.Checkout, "src"),
            StringComparison.Ordinal))];

    /// <summary>Words that the field does not use, and what it says.</summary>
    public static TheoryData<string, string> Words => new()
    {
        { "Picture", "Image" },
        { "Latent(?!-)", "InvertedNoise" },
        { "ClipJudge", "ClipModel" },
        { "Culling", "EarlyPruning" },
        { "StepPlan", "TimestepRespacing" },
        { "X0Rule", "X0Transform" },
        { "SphericalMix", "Slerp" },
        { "PlainKernels", "TorchOps" },
        { "FormulaWeights", "SyntheticWeights" },
        { "NetworkPool", "ModelCache" },
        { "SideBySide(?!\\()", "ParallelRunner" },
        { "WholeFile", "AtomicFile" },
        { "ForgivingWriter", "BrokenPipeWriter" },
    };

    [Fact]
    public void A_folder_has_at_most_25_files() =>
        Assert.DoesNotContain(s_files.GroupBy(Path.GetDirectoryName), folder => folder.Count() > MostFiles);

    [Fact]
    public void A_file_has_at_most_300_lines() =>
        Assert.DoesNotContain(s_files, file => File.ReadLines(file).Count() > MostLines);

    // A raw string is text of another language, which a line break would change.
    [Fact]
    public void A_line_has_at_most_120_characters()
    {
        var tooLong = s_files.SelectMany(file => File.ReadLines(file).Index()
            .Where(line => line.Item.Length > MostCharacters && !line.Item.Contains("\"\"\"", StringComparison.Ordinal))
            .Select(line => $"{Path.GetFileName(file)} line {line.Index + 1}"));
        Assert.Empty(tooLong);
    }

    // TimestepRespacing writes step plans such as ddim50, which are the original's words.
    [Fact]
    public void Sampler_names_stand_only_beside_the_samplers()
    {
        var name = new Regex($"\"({string.Join('|', SamplerFactory.Kinds.Select(kind => kind.Name))})\"");
        string samplers = $"{Path.DirectorySeparatorChar}Samplers{Path.DirectorySeparatorChar}";
        var found = s_product.Where(file => !file.Contains(samplers, StringComparison.Ordinal)
                && Path.GetFileName(file) != $"{nameof(TimestepRespacing)}.cs")
            .SelectMany(file => File.ReadLines(file).Where(line => name.IsMatch(Comment().Replace(line, "")))
                .Select(line => $"{Path.GetFileName(file)}: {line.Trim()}"));
        Assert.Empty(found);
    }

    [Fact]
    public void A_method_has_at_most_6_parameters() =>
        Assert.Empty(ParameterLists.TooLong(typeof(GlidePipeline).Assembly));

    [Fact]
    public void Most_files_of_the_product_have_30_lines_or_more()
    {
        var lengths = s_product.Select(file => File.ReadLines(file).Count()).ToList();
        Assert.InRange(lengths.Count(length => length < 30), 0, 0.15 * lengths.Count);
    }

    [Theory, MemberData(nameof(Words))]
    public void The_word_of_the_field_is_used(string banned, string used)
    {
        var word = new Regex($@"\b\w*{banned}\w*\b");
        var found = s_files.Where(file => !file.EndsWith($"{nameof(SourceRulesTests)}.cs", StringComparison.Ordinal))
            .SelectMany(file => File.ReadLines(file).Where(line => word.IsMatch(Text().Replace(line, "")))
            .Select(line => $"{Path.GetFileName(file)}: {line.Trim()}"));
        Assert.True(!found.Any(), $"say {used}: {string.Join('\n', found)}");
    }

    [GeneratedRegex("//.*$")]
    private static partial Regex Comment();

    [GeneratedRegex("\"(\\\\.|[^\"])*\"")]
    private static partial Regex Text();
}
