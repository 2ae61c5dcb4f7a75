using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Commands;

/// <summary>Another libtorch than the package's, chosen with <c>LIBTORCH</c> when the program runs.</summary>
public sealed class LibtorchTests : IDisposable
{
    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void A_libtorch_that_fits_is_used_and_named()
    {
        string libraries = CopyPackage();
        File.WriteAllText(Path.Combine(_glide.Folder, "build-version"), "2.10.0+test\n");
        var result = Info(_glide.Folder);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains($"2.10.0+test in {libraries}", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_package_is_used_without_the_variable() =>
        Assert.Contains("libtorch   2.10.0 of the package", Info(null).Output, StringComparison.Ordinal);

    [Fact]
    public void A_folder_without_libtorch_is_refused() =>
        AssertRefused("where there is no lib/libtorch_cpu.so");

    // What a cut or foreign file gives; the loader's own words follow.
    [Fact]
    public void A_file_that_is_no_library_is_refused()
    {
        CopyPackage();
        string library = Path.Combine(_glide.Folder, "lib", "libtorch_cpu.so");
        File.Delete(library);
        File.WriteAllText(library, "no library");
        AssertRefused("does not fit this program: unknown version;");
    }

    // Any library that is not libtorch lacks all of its functions.
    [Fact]
    public void A_libtorch_of_another_build_is_refused()
    {
        CopyPackage();
        string library = Path.Combine(_glide.Folder, "lib", "libtorch_cpu.so");
        File.Delete(library);
        File.CreateSymbolicLink(library, Path.Combine(AppContext.BaseDirectory, "libtorch", "libc10.so"));
        AssertRefused("does not fit this program");
    }

    private CommandResult Info(string? libtorch) =>
        _glide.Run(new Dictionary<string, string?> { ["LIBTORCH"] = libtorch }, "info");

    private void AssertRefused(string reason)
    {
        var result = Info(_glide.Folder);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    // Copies: links would be the same files to the loader.
    private string CopyPackage()
    {
        string libraries = Directory.CreateDirectory(Path.Combine(_glide.Folder, "lib")).FullName;
        foreach (string name in new[] { "libtorch.so", "libtorch_cpu.so", "libc10.so", "libgomp-98b21ff3.so.1" })
            File.Copy(Path.Combine(AppContext.BaseDirectory, "libtorch", name), Path.Combine(libraries, name));
        return libraries;
    }
}
