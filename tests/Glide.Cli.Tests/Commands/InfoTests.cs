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
}
