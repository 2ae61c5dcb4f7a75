namespace Glide.Tests.Support;

/// <summary>Why tests that compile C++ are skipped; <c>null</c> where they are not.</summary>
internal static class CompilerSkip
{
    public static string? Reason => IsOnPath("g++") ? null : "There is no g++ here.";

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Any(folder => File.Exists(Path.Combine(folder, program)));
}

/// <summary>A fact that is tested where there is g++, and skipped elsewhere.</summary>
internal sealed class CompilerFactAttribute : FactAttribute
{
    public CompilerFactAttribute() => Skip = CompilerSkip.Reason;
}

/// <summary>A theory that is tested where there is g++, and skipped elsewhere.</summary>
internal sealed class CompilerTheoryAttribute : TheoryAttribute
{
    public CompilerTheoryAttribute() => Skip = CompilerSkip.Reason;

    /// <summary>Whether it is skipped, too, where bf16 takes libtorch minutes.</summary>
    public bool ComputesBFloat16
    {
        get => false;
        set => Skip ??= value ? CpuBFloat16Skip.Reason : null;
    }
}
