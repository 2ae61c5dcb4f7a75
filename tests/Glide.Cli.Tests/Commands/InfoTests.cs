using System.Text.Json;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Commands;

public sealed class InfoTests : IDisposable
{
    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void Info_names_versions_devices_memory_threads_and_folders()
    {
        var result = _glide.Run("info");
        Assert.True(result.ExitCode == 0, result.Error);
        string[] rows = result.Output.TrimEnd().Split('\n');
        Assert.Equal(["glide", "libtorch", "devices", "threads", "memory", "models"],
            rows.Select(row => row.Split(' ')[0]));
        Assert.Equal(_glide.Run("--version").Output.TrimEnd().Split(' ')[1], rows[0].Split(' ')[^1]);
        Assert.Contains("cpu", rows[2], StringComparison.Ordinal);
        Assert.EndsWith(_glide.PathOf("models"), rows[5], StringComparison.Ordinal);
        Assert.All(rows, row => Assert.InRange(row.Length, 12, 80));

        var json = JsonDocument.Parse(_glide.Run("info", "--json").Output).RootElement;
        Assert.EndsWith(json.GetProperty("libtorch").GetString()!, rows[1], StringComparison.Ordinal);
        Assert.InRange(json.GetProperty("threads").GetInt32(), 1, Environment.ProcessorCount);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("avx2")]
    [InlineData("")]
    public void Info_shows_the_kernels_where_they_are_chosen(string value)
    {
        var result = _glide.Run(Kernels(value), "info");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        if (value.Length == 0)
            Assert.DoesNotContain("kernels", result.Output, StringComparison.Ordinal);
        else
            Assert.EndsWith($"kernels    {value}, as GLIDE_KERNELS says\n", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Plain", "info")]
    [InlineData("foo", "sample", "a red circle", "-m", "mini")]
    [InlineData("off", "score", "a.png", "-p", "a red circle", "-m", "mini")]
    public void Kernels_that_are_not_known_are_refused(string value, params string[] arguments)
    {
        File.Copy(Path.Combine(GlideProcess.Checkout, "tests", "Glide.Cli.Tests", "Images", "room.png"),
            _glide.PathOf("a.png"));
        var result = _glide.Run(Kernels(value), arguments);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains($"GLIDE_KERNELS is '{value}'", result.Error, StringComparison.Ordinal);
        Assert.Contains("allowed are plain and avx2", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("info")]
    [InlineData("doctor")]
    [InlineData("models")]
    [InlineData("sample", "a red circle")]
    public void A_models_folder_that_is_a_file_is_refused(params string[] arguments)
    {
        File.WriteAllText(_glide.PathOf("models"), "");
        var result = _glide.Run(arguments);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains($"GLIDE_MODELS is '{_glide.PathOf("models")}', which is a file", result.Error,
            StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> Kernels(string value) => new() { ["GLIDE_KERNELS"] = value };
}
