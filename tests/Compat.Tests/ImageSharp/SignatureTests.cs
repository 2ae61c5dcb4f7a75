using System.Reflection;
using Glide.Compat.Tests.Signatures;
using SixLabors.ImageSharp;

namespace Glide.Compat.Tests.ImageSharp;

/// <summary>Code that compiles against the stand-in for ImageSharp compiles against ImageSharp 3.1.12.</summary>
public class SignatureTests
{
    private static readonly string[] ImplicitConstructors =
    [
        "SixLabors.ImageSharp.Formats.DecoderOptions", "SixLabors.ImageSharp.Formats.Png.PngEncoder",
    ];

    private static readonly string[] Lines = File.ReadAllLines(SpecFiles.ListOf("imagesharp_3.1.12_signatures.tsv"));

    public static TheoryData<string, string> Changes => new()
    {
        { "SaveAsPng(this Image source, string path, PngEncoder encoder)", "SaveAsPng(this Image source, string file, PngEncoder encoder)" },
        { "PngTextData(string keyword, string value,", "PngTextData(string value, string keyword," },
        { "public sealed class Image<TPixel> :", "public abstract class Image<TPixel> :" },
        { "public int TextCompressionThreshold { get init }", "public int TextCompressionThreshold { get }" },
        { "RgbWithAlpha = 6", "RgbWithAlpha = 5" },
    };

    private static Assembly StandIn => typeof(Image).Assembly;

    [Fact]
    public void Every_public_member_is_in_the_packages_list()
    {
        var differences = Differences(Lines);
        Assert.True(differences.Count == 0, $"{differences.Count} differences:\n{string.Join('\n', differences)}");
    }

    [Theory, MemberData(nameof(Changes))]
    public void A_change_to_a_signature_is_noticed(string present, string changed)
    {
        var lines = Lines.Select(line => line.Replace(present, changed, StringComparison.Ordinal)).ToArray();
        Assert.False(lines.SequenceEqual(Lines), $"No line has '{present}'.");
        Assert.NotEmpty(Differences(lines));
    }

    private static IReadOnlyList<string> Differences(IEnumerable<string> lines) =>
        new SurfaceComparer(SignatureList.Parse(lines), ImplicitConstructors).Differences(StandIn);
}
