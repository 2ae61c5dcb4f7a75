using Glide.Tests.Architecture;

namespace Glide.Server.Tests.Architecture;

/// <summary>The server stands on the library, and knows neither tensors nor the command line.</summary>
public sealed class ServerImportTests
{
    private static readonly string[] s_doors =
    [
        "Glide", "Glide.Batches", "Glide.Diffusion", "Glide.Diffusion.Samplers", "Glide.Editing", "Glide.Images",
        "Glide.Inversion", "Glide.ModelSets", "Glide.Pipelines", "Glide.Pipelines.Settings",
    ];

    private static readonly IReadOnlyList<TypeUses.Use> s_uses = TypeUses.In(typeof(GlideServer));

    [Fact]
    public void A_method_has_at_most_6_parameters() =>
        Assert.Empty(ParameterLists.TooLong(typeof(GlideServer).Assembly));

    [Fact]
    public void It_uses_the_library_alone() => Assert.Empty(s_uses
        .Where(use => use.UsedNamespace.Split('.')[0] is "Glide" or "TorchSharp" or "SixLabors" or "SkiaSharp"
            && !use.UsedNamespace.StartsWith("Glide.Server", StringComparison.Ordinal)
            && !s_doors.Contains(use.UsedNamespace))
        .Select(use => $"{use.User} uses {use.Used}"));

    // Jobs and images do not depend on how they are asked for.
    [Fact]
    public void Only_Http_and_the_server_itself_know_ASP_NET() => Assert.Empty(s_uses
        .Where(use => use.UsedNamespace.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)
            && !use.User.StartsWith("Glide.Server.Http.", StringComparison.Ordinal)
            && use.User != "Glide.Server.GlideServer")
        .Select(use => $"{use.User} uses {use.Used}"));
}
