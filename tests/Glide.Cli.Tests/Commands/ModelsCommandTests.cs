using System.Text.Json;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Commands;

public sealed class ModelsCommandTests : IDisposable
{
    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void Models_lists_what_is_there()
    {
        var result = _glide.Run("models", "--networks");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("mini", result.Output, StringComparison.Ordinal);
        Assert.Contains("6 of 6 there", result.Output, StringComparison.Ordinal);
        Assert.Contains("0 of 6 there", result.Output, StringComparison.Ordinal);
        Assert.Contains("clip/text-enc", result.Output, StringComparison.Ordinal);
        Assert.Contains(_glide.PathOf("models/openai"), result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_speaks_json()
    {
        var sets = _glide.Run("models", "--json").Output.Trim().Split('\n')
            .Select(line => JsonDocument.Parse(line).RootElement).ToList();

        Assert.Equal(["mini", "openai"], sets.Select(set => set.GetProperty("name").GetString()));
        Assert.Equal(6, sets[0].GetProperty("networks").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, sets[1].GetProperty("networks")[0].GetProperty("path").ValueKind);
    }

    [Fact]
    public void Verify_is_content_with_the_built_in_set()
    {
        var result = _glide.Run("models", "verify", "mini");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(6, result.Output.Split('\n').Count(line => line.StartsWith("good ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Verify_ends_with_4_when_a_file_is_damaged()
    {
        Directory.CreateDirectory(_glide.PathOf("models/openai"));
        File.WriteAllText(_glide.PathOf("models/openai/base.pt"), "<html>not found</html>");

        var result = _glide.Run("models", "verify", "openai");

        Assert.Equal(4, result.ExitCode);
        Assert.Contains("web page", result.Output, StringComparison.Ordinal);
        Assert.StartsWith("error: 1 of the files", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Info_describes_a_checkpoint_and_refuses_what_is_none()
    {
        string path = Path.Combine(GlideProcess.Checkout, "models", "mini", "base.safetensors.gz");
        string text = _glide.Run("models", "info", path, "--tensors").Output;
        Assert.Contains("network     base (mini)", text, StringComparison.Ordinal);
        Assert.Contains("9,185,510 in 261 tensors", text, StringComparison.Ordinal);
        Assert.Contains("input_blocks.0.0.weight", text, StringComparison.Ordinal);

        var json = JsonDocument.Parse(_glide.Run("models", "info", path, "--json").Output).RootElement;
        Assert.Equal(9_185_510, json.GetProperty("parameters").GetInt64());

        var missing = _glide.Run("models", "info", "nothing.pt");
        Assert.Equal((4, ""), (missing.ExitCode, missing.Output));
        Assert.Contains("nothing.pt", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Convert_writes_a_file_that_is_the_same_network()
    {
        string input = Path.Combine(GlideProcess.Checkout, "models", "mini", "upsample.safetensors.gz");
        var result = _glide.Run("models", "convert", input, "upsample.safetensors", "--dtype", "bf16");
        Assert.Equal((0, "upsample.safetensors\n"), (result.ExitCode, result.Output));
        Assert.Contains("upsample (mini)", _glide.Run("models", "info", "upsample.safetensors").Output,
            StringComparison.Ordinal);

        var again = _glide.Run("models", "convert", input, "upsample.safetensors");
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("--overwrite", again.Error, StringComparison.Ordinal);
    }
}
