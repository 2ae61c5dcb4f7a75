using System.Runtime.CompilerServices;

namespace Glide.Tests.Support;

/// <summary>Where the numbers of the original implementation lie.</summary>
internal static class GoldenFiles
{
    /// <summary>The top of the checkout.</summary>
    public static string Checkout { get; } = FindCheckout();

    /// <summary>The material that lies beside the checkout: specification, golden numbers, models.</summary>
    public static string Shared { get; } = Path.GetFullPath(Path.Combine(Checkout, "..", "shared"));

    /// <summary>The folder that <c>GLIDE_GOLDEN</c> names, or <c>shared/golden</c> beside the checkout.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable("GLIDE_GOLDEN") ?? Path.Combine(Shared, "golden");

    /// <summary>The full path of a golden file, such as <c>schedules.json</c>.</summary>
    public static string PathOf(string name) => Path.Combine(Folder, name);

    private static string FindCheckout([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", "..", ".."));
}
