using System.Runtime.CompilerServices;

namespace Glide.Compat.Tests;

/// <summary>Where the descriptions of the packages lie.</summary>
internal static class SpecFiles
{
    /// <summary>The folder that <c>GLIDE_SPEC</c> names, or <c>shared/spec</c> beside the checkout.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable("GLIDE_SPEC")
        ?? Path.GetFullPath(Path.Combine(Checkout(), "..", "shared", "spec"));

    public static string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>A list of signatures that lies in this repository, beside the code that reads it.</summary>
    public static string ListOf(string name) => Path.Combine(Checkout(), "tests", "Compat.Tests", "Signatures", name);

    private static string Checkout([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", ".."));
}
