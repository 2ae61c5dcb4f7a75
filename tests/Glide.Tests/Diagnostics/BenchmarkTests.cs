using System.Diagnostics;
using Glide.Diagnostics;
using Glide.Models.UNet;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Models;
using Glide.Tests.Support;

namespace Glide.Tests.Diagnostics;

[Collection(TorchCollection.Name)]
public sealed class BenchmarkTests
{
    private static readonly BenchmarkOptions Mini = new()
    {
        Models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini")),
        Device = new DeviceOptions { Device = "cpu" },
        Rounds = 2,
        Profile = true,
    };

    [Theory, InlineData("base", 2), InlineData("upsample", 1)]
    public void A_stage_is_measured_as_its_recipe_runs_it(string stage, int rows)
    {
        var config = stage == "base" ? Networks.MiniBase : Networks.MiniUpsampler;
        using var benchmark = new Benchmark(Mini);
        var wall = Stopwatch.StartNew();
        var result = benchmark.Measure(stage, "fp32");

        Assert.Equal((stage, "fp32", "cpu", rows), (result.Stage, result.Dtype, result.Device, result.Rows));
        Assert.Equal(rows * UNetCost.OperationsPerImage(config) / 1e9, result.GflopPerStep, 9);
        Assert.InRange(result.MillisecondsPerStep * Mini.Rounds, 0, wall.Elapsed.TotalMilliseconds);
        Assert.InRange(result.LoadSeconds, 0, wall.Elapsed.TotalSeconds);
        Assert.True(result.PartOfCeiling > 0);
    }

    [Theory, InlineData("none", 1), InlineData("cfg", 2), InlineData("clip", 1), InlineData("both", 2)]
    public void Guidance_is_measured_with_a_clip_of_the_sets_size(string guidance, int rows)
    {
        using var benchmark = new Benchmark(Mini with
        {
            Guidance = guidance,
            Rounds = 1,
            BatchSize = 3,
            Profile = false
        });
        var result = benchmark.Measure("base", "fp32");

        Assert.Equal((guidance, 3 * rows), (result.Guidance, result.Rows));
        Assert.InRange(result.ProcessorMillisecondsPerStep, 0.1, double.MaxValue);
        Assert.InRange(result.StepBytes!.Value, 0, result.PeakBytes!.Value);
    }

    [Fact]
    public void What_a_step_takes_shows_in_its_memory()
    {
        using var benchmark = new Benchmark(Mini with
        {
            Guidance = "none",
            Rounds = 1,
            BatchSize = 256,
            Profile = false
        });
        // One activation of the first level, which a step cannot be made without.
        const long least = 256L * 64 * 32 * 32 * sizeof(float);
        Assert.InRange(benchmark.Measure("base", "fp32").StepBytes!.Value, least, long.MaxValue);
    }

    [Fact]
    public void A_set_without_clip_cannot_be_guided_by_it()
    {
        var networks = Mini.Models.Networks.Where(network => network.Value.UNet is not null).ToDictionary();
        using var benchmark = new Benchmark(Mini with
        {
            Guidance = "clip",
            Models = Mini.Models with { Networks = networks }
        });
        Assert.Contains("has no network 'clip/image-enc'",
            Assert.Throws<UsageException>(() => benchmark.Measure("base", "fp32")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_profile_names_every_kind_and_adds_up_to_the_step()
    {
        using var benchmark = new Benchmark(Mini with { Rounds = 1 });
        var result = benchmark.Measure("base", "fp32");

        // Text is encoded before the first step.
        Assert.Equal(
            ["attention", "convolution", "linear", "normalization", "other", "resampling"],
            result.Profile.Select(time => time.Kind).Order(StringComparer.Ordinal));
        Assert.Equal(result.MillisecondsPerStep, result.Profile.Sum(time => time.Milliseconds), 6);
        Assert.All(result.Profile, time => Assert.True(time.Milliseconds > 0,
            $"{time.Kind} took {time.Milliseconds} ms"));
    }

    [Theory]
    [InlineData("base", "original", 2), InlineData("upsample", "original", 1), InlineData("base", "libtorch", 2)]
    public void A_rival_is_measured_beside_with_as_many_rows(string stage, string rival, int rows)
    {
        using var benchmark = new Benchmark(Mini);
        var wall = Stopwatch.StartNew();
        var results = benchmark.MeasureBeside(stage, "fp32", rival);

        Assert.Equal(["glide", rival], results.Select(result => result.Implementation));
        Assert.All(results, result =>
        {
            Assert.Equal((stage, "fp32", rows), (result.Stage, result.Dtype, result.Rows));
            Assert.Equal(results[1].MillisecondsPerStep / result.MillisecondsPerStep, result.Speedup!.Value, 9);
            Assert.Equal(results[0].GflopPerStep, result.GflopPerStep);
            Assert.InRange(result.StepBytes!.Value, 0, long.MaxValue);
        });
        double measured = Mini.Rounds * results.Sum(result => result.MillisecondsPerStep);
        Assert.InRange(measured, 0, wall.Elapsed.TotalMilliseconds);
    }

    // The original's prompts go through the text transformer at every step, ours before the first.
    [Fact]
    public void Only_the_originals_steps_read_text()
    {
        using var benchmark = new Benchmark(Mini with { Rounds = 1 });
        var results = benchmark.MeasureBeside("base", "fp32", "original");

        Assert.DoesNotContain(results[0].Profile, time => time.Kind == "text");
        Assert.Contains(results[1].Profile, time => time is { Kind: "text", Milliseconds: > 0 });
        Assert.All(results, result =>
        {
            Assert.Equal(result.MillisecondsPerStep, result.Profile.Sum(time => time.Milliseconds), 6);
            Assert.All(result.Profile, time => Assert.True(time.Milliseconds > 0,
                $"{time.Kind} took {time.Milliseconds} ms"));
        });
    }

    [Theory, InlineData("clip"), InlineData("both")]
    public void Clip_is_not_measured_beside_the_original(string guidance)
    {
        using var benchmark = new Benchmark(Mini with { Guidance = guidance });
        var refusal = Assert.Throws<UsageException>(() => benchmark.MeasureBeside("base", "fp32", "original"));
        Assert.Contains("--guidance can be none or cfg", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_left_in_the_temporary_folder()
    {
        string[] Folders() => Directory.GetDirectories(Path.GetTempPath(), "glide-bench-*");
        string[] before = Folders();
        using (var benchmark = new Benchmark(Mini with { Rounds = 1 }))
        {
            benchmark.Measure("upsample", "fp32");
            Assert.NotEmpty(Folders().Except(before));
        }
        Assert.Empty(Folders().Except(before));
    }

    [Fact]
    public void The_peak_is_the_one_that_the_runtime_reads_and_at_least_what_is_held()
    {
        const int held = 64 << 20;
        byte[] memory = GC.AllocateUninitializedArray<byte>(held);
        memory.AsSpan().Fill(1);
        // Other tests of the process take memory at the same time, so the answer lies between two others.
        long before = PeakOfRuntime();
        long peak = PeakMemory.Bytes()!.Value;
        Assert.InRange(peak, before, PeakOfRuntime());
        Assert.InRange(peak, held, long.MaxValue);
        GC.KeepAlive(memory);

        static long PeakOfRuntime()
        {
            using var process = System.Diagnostics.Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }
    }
}
