using Glide.Tests.Architecture;

namespace Glide.Cli.Tests.Architecture;

/// <summary>The program stands on the library's public doors and knows neither tensors nor image files.</summary>
public sealed class CliImportTests
{
    private static readonly string[] s_doors =
    [
        "Glide", "Glide.Pipelines", "Glide.Editing", "Glide.Inversion", "Glide.Sheets", "Glide.Diagnostics",
        "Glide.ModelSets", "Glide.Checkpoints", "Glide.Batches", "Glide.Images", "Glide.Datasets", "Glide.Training",
        "Glide.Server", "Glide.Cli",
    ];

    [Fact]
    public void A_method_has_at_most_6_parameters() => Assert.Empty(ParameterLists.TooLong(typeof(ExitCode).Assembly));

    [Fact]
    public void The_program_goes_through_the_public_doors() =>
        Assert.DoesNotContain(TypeUses.In(typeof(ExitCode)), use => use.UsedNamespace.Split('.')[0] is "Glide"
            or "TorchSharp" or "SixLabors"
            && !s_doors.Any(door => use.UsedNamespace == door
                || (door != "Glide" && use.UsedNamespace.StartsWith(door + ".", StringComparison.Ordinal))));
}
