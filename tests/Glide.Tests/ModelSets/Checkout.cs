using System.Runtime.CompilerServices;

namespace Glide.Tests.ModelSets;

/// <summary>Folders of the checkout that the tests were built in.</summary>
internal static class Checkout
{
    public static string Models => Path.Combine(Root(), "models");

    private static string Root([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", "..", ".."));
}
