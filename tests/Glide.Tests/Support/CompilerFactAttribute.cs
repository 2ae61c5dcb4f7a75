namespace Glide.Tests.Support;

/// <summary>A fact that is tested where there is g++, and skipped elsewhere.</summary>
internal sealed class CompilerFactAttribute : FactAttribute
{
    public CompilerFactAttribute() => Skip = IsOnPath("g++") ? null : "There is no g++ here.";

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Any(folder => File.Exists(Path.Combine(folder, program)));
}
