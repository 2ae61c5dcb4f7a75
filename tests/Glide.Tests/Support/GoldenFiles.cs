using System.Runtime.CompilerServices;

namespace Glide.Tests.Support;

/// <summary>Where the numbers of the original implementation and other test material lie.</summary>
internal static class GoldenFiles
{
    /// <summary>The top of the checkout.</summary>
    public static string Checkout { get; } = FindCheckout();

    /// <summary>The folder that <c>GLIDE_GOLDEN</c> names, or <c>tests/golden</c>.</summary>
    public static string Folder { get; } =
        Environment.GetEnvironmentVariable("GLIDE_GOLDEN") ?? Path.Combine(Checkout, "tests", "golden");

    /// <summary>The merges of CLIP's tokenizer as they were published.</summary>
    public static string ClipMerges { get; } = Path.Combine(Checkout, "tests", "data", "bpe_simple_vocab_16e6.txt.gz");

    /// <summary>The full path of a golden file, such as <c>schedules.json</c>.</summary>
    public static string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>The list of a network's parameters and their shapes, such as <c>base_mini</c>.</summary>
    public static string StateDict(string network) =>
        Path.Combine(Checkout, "tests", "spec", "state_dicts", network + ".json");

    /// <summary>The weights of a network of the built-in set, such as <c>base</c>.</summary>
    public static string MiniWeights(string network) =>
        Path.Combine(Checkout, "models", "mini", network + ".safetensors.gz");

    private static string FindCheckout([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", "..", ".."));
}
