using System.Text.Json.Nodes;
using Glide.Cli.Tests.Support;
using Glide.Images;
using Glide.Tests.Support;
using Xunit.Abstractions;

namespace Glide.Cli.Tests.Training;

/// <summary>What training the published base takes; docs/studies/training.md has the figures.</summary>
public sealed class TrainingMemoryTests(ITestOutputHelper output) : IDisposable
{
    // 385 million parameters take 20 bytes each, the runtime and libtorch 0.4 GB; the rest is one block's activations.
    private const double MostMegabytes = 10_000;

    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [NightlyFact]
    public void A_step_of_the_published_base_in_16_bits_fits_into_ten_gigabytes()
    {
        Directory.CreateDirectory(_glide.PathOf("data"));
        ImageFile.SavePng(_glide.PathOf("data/0.png"), new RgbImage(64, 64));
        File.WriteAllText(_glide.PathOf("data/0.txt"), "a black square");
        Assert.Equal(0, _glide.Run("bench", "--stage", "base", "--write", "formula").ExitCode);

        var result = _glide.Run("train", "base", "--data", "data", "-o", "run", "-m", "./formula", "--from",
            "./formula", "--dtype", "bf16", "--gradient-checkpointing", "--batch-size", "1", "--steps", "2",
            "--log-every", "1", "--sample-every", "0", "--cache", "cache");
        Assert.True(result.ExitCode == 0, result.Error);
        var last = JsonNode.Parse(File.ReadLines(_glide.PathOf("run/log.jsonl")).Last())!;
        double megabytes = (double)last["memory_mb"]!;
        output.WriteLine($"{megabytes} MB, {1 / (double)last["images_per_second"]!:0.0} s a step");
        Assert.True(double.IsFinite((double)last["gradient_norm"]!));
        Assert.InRange(megabytes, 0, MostMegabytes);
    }
}
