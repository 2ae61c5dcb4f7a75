using System.Text.Json;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Commands;

public sealed class DoctorTests : IDisposable
{
    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void A_sound_installation_passes_and_a_set_with_a_corrupt_file_does_not()
    {
        // A set of the user's own with one good network, one damaged and one missing.
        string mini = Path.Combine(GlideProcess.Checkout, "models", "mini");
        string set = _glide.PathOf("models/broken");
        Directory.CreateDirectory(set);
        File.WriteAllText(Path.Combine(set, "model.json"), File.ReadAllText(Path.Combine(mini, "model.json"))
            .Replace("\"name\": \"mini\"", "\"name\": \"broken\"", StringComparison.Ordinal));
        byte[] weights = File.ReadAllBytes(Path.Combine(mini, "upsample.safetensors.gz"));
        File.WriteAllBytes(Path.Combine(set, "base.safetensors.gz"),
            File.ReadAllBytes(Path.Combine(mini, "base.safetensors.gz")));
        weights[weights.Length / 2] ^= 0x10;
        File.WriteAllBytes(Path.Combine(set, "upsample.safetensors.gz"), weights);

        var result = _glide.Run("doctor", "--device", "cpu", "--json");
        var checks = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToDictionary(check => check.GetProperty("check").GetString()!, check => check);
        string State(string name) => checks[name].GetProperty("state").GetString()!;

        Assert.All(
            ["libraries", "images", "folders", "memory", "device", "mini files", "mini tokens", "mini schedules",
                "mini random numbers", "mini golden image", "mini CLIP scores", "mini base-inpaint"],
            name => Assert.True(State(name) == "ok", checks[name].ToString()));
        Assert.Equal(("ok", "failed", "skipped"),
            (State("broken base"), State("broken upsample"), State("broken base-inpaint")));
        Assert.Contains("upsample.safetensors.gz", checks["broken upsample"].GetProperty("detail").GetString()!,
            StringComparison.Ordinal);
        Assert.Equal(4, result.ExitCode);
        Assert.Contains($"1 of {checks.Count} checks failed", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_models_folder_that_is_not_there_yet_is_named_and_no_fault()
    {
        var result = _glide.Run("doctor", "--device", "cpu");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(
            $"models to {_glide.PathOf("models")}, which is not there yet; 'glide models download' makes it\n",
            result.Output, StringComparison.Ordinal);
    }
}
