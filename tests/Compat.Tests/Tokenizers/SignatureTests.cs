using Glide.Compat.Tests.Signatures;
using Microsoft.ML.Tokenizers;

namespace Glide.Compat.Tests.Tokenizers;

/// <summary>Code that compiles against the stand-in for Microsoft.ML.Tokenizers compiles against version 2.0.0.</summary>
public class SignatureTests
{
    private static readonly string[] Lines = File.ReadAllLines(SpecFiles.ListOf("tokenizers_2.0.0_signatures.tsv"));

    public static TheoryData<string, string> Changes => new()
    {
        { "(string text, bool considerPreTokenization = true,", "(string text, bool considerPreTokenization = false," },
        { "public bool ByteLevel { get set }", "public bool ByteLevel { get }" },
        { "public static BpeTokenizer Create(BpeOptions options)", "public BpeTokenizer Create(BpeOptions options)" },
    };

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
        new SurfaceComparer(SignatureList.Parse(lines)).Differences(typeof(Tokenizer).Assembly);
}
