using Glide.Diffusion;
using Glide.Diffusion.Guidance;
using Glide.Diffusion.Samplers;
using Glide.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Tests.Diffusion;

[Collection(TorchCollection.Name)]
public sealed class SampleLoopTests : IDisposable
{
    private static readonly long[] Shape = [3, 4, 4];

    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string> Samplers => [.. SamplerFactory.Kinds.Select(kind => kind.Name)];

    [Theory, MemberData(nameof(Samplers))]
    public void An_image_does_not_depend_on_its_batch(string name)
    {
        var batch = Run(name, [1, 2, 3]);
        var alone = Run(name, [2]);
        TensorAssert.Same(alone, batch.narrow(0, 1, 1));
    }

    [Theory, MemberData(nameof(Samplers))]
    public void A_batch_that_shrinks_goes_on_as_if_it_had_been_small(string name)
    {
        using var sampler = Sampler(name);
        using var noise = new NoiseSource([1, 2, 3], Shape, 1, CPU);
        int last = sampler.Tables.Count - 1;
        var half = SampleLoop.Run(sampler, Denoise, noise.Draw(), noise, new() { ToStep = 4 });
        sampler.Keep([2, 0]);
        noise.Keep([2, 0]);
        var rest = SampleLoop.Run(sampler, Denoise, DiffusionMath.KeepRows(half, [2, 0]), noise,
            new() { FromStep = 3, StartStep = last });
        TensorAssert.Same(Run(name, [3]), rest.narrow(0, 0, 1));
        TensorAssert.Same(Run(name, [1]), rest.narrow(0, 1, 1));
    }

    [Theory, MemberData(nameof(Samplers))]
    public void Runs_hold_no_tensors_behind(string name)
    {
        Run(name, [1]).Dispose();
        using var sampler = Sampler(name);
        using var noise = new NoiseSource([1], Shape, 1, CPU);
        using var x = noise.Draw();
        var counts = new List<long>();
        var progress = new Immediate(_ => counts.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount));
        SampleLoop.Run(sampler, Denoise, x, noise, new() { Progress = progress }).Dispose();
        Assert.True(counts[^1] <= counts[4], string.Join(", ", counts));
    }

    [Theory, MemberData(nameof(Samplers))]
    public void Known_pixels_are_exact_at_the_end(string name)
    {
        var image = zeros([1, 3, 4, 4]) + 0.375f;
        var mask = zeros([1, 1, 4, 4]);
        mask[0, 0, 1, 2] = tensor(1f);
        using var known = new KnownPixels(image, mask);
        using var sampler = Sampler(name, new X0Transform(Threshold.Dynamic(), known));
        using var noise = new NoiseSource([1], Shape, 1, CPU);
        var found = SampleLoop.Run(sampler, Denoise, noise.Draw(), noise);
        Assert.All(Enumerable.Range(0, 3), channel =>
            Assert.Equal(0.375f, found[0, channel, 1, 2].item<float>(), 1e-5f));
        Assert.NotEqual(0.375f, found[0, 0, 0, 0].item<float>());
    }

    [Fact]
    public void Passes_are_counted_as_the_denoiser_is_asked()
    {
        foreach (var kind in SamplerFactory.Kinds)
        {
            using var sampler = Sampler(kind.Name);
            using var noise = new NoiseSource([1], Shape, 1, CPU);
            int asked = 0;
            int promised = 0;
            var x = noise.Draw();
            for (int step = sampler.Tables.Count - 1; step >= 0; step--)
            {
                promised += sampler.PassesOf(step);
                x = sampler.Step(Counted, x, step, noise);
            }

            Assert.Equal((kind.Name, promised), (kind.Name, asked));

            Prediction Counted(Tensor noisy, Tensor timestep)
            {
                asked++;
                return Denoise(noisy, timestep);
            }
        }
    }

    [Fact]
    public void Progress_counts_the_steps_of_the_whole_run()
    {
        using var sampler = Sampler("ddim");
        using var noise = new NoiseSource([1], Shape, 1, CPU);
        var heard = new List<SamplingProgress>();
        var progress = new Immediate(heard.Add);
        var half = SampleLoop.Run(sampler, Denoise, noise.Draw(), noise, new() { ToStep = 5, Progress = progress });
        SampleLoop.Run(sampler, Denoise, half, noise, new() { FromStep = 4, StartStep = 7, Progress = progress });
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], heard.Select(report => report.Done));
        Assert.All(heard, report => Assert.Equal(8, report.Total));
    }

    [Fact]
    public void Cancellation_stops_before_the_next_step()
    {
        using var sampler = Sampler("ddpm");
        using var noise = new NoiseSource([1], Shape, 1, CPU);
        using var cancellation = new CancellationTokenSource();
        int steps = 0;
        Assert.Throws<OperationCanceledException>(() => SampleLoop.Run(
            sampler, Denoise, noise.Draw(), noise, new()
            {
                Progress = new Immediate(_ => steps++),
                Preview = (step, _) =>
                {
                    if (step == 5)
                        cancellation.Cancel();
                },
                Cancellation = cancellation.Token,
            }));
        Assert.Equal(3, steps);
    }

    [Fact]
    public void Previews_show_the_clean_image_of_every_step()
    {
        using var sampler = Sampler("heun");
        using var noise = new NoiseSource([1], Shape, 1, CPU);
        var steps = new List<int>();
        double last = 0;
        var found = SampleLoop.Run(
            sampler, Denoise, noise.Draw(), noise, new()
            {
                Preview = (step, x0) =>
                {
                    steps.Add(step);
                    Assert.Equal([1, 3, 4, 4], x0.shape);
                    last = TensorAssert.Numbers(x0)[0];
                },
            });
        Assert.Equal([7, 6, 5, 4, 3, 2, 1, 0], steps);
        Assert.Equal(last, TensorAssert.Numbers(found)[0], 1e-6);
    }

    [Fact]
    public void Hooks_replace_x_after_every_step()
    {
        using var sampler = Sampler("unipc");
        using var noise = new NoiseSource([1], Shape, 1, CPU);
        var steps = new List<int>();
        var found = SampleLoop.Run(
            sampler, Denoise, noise.Draw(), noise, new()
            {
                AfterStep = (x, step) =>
                {
                    steps.Add(step);
                    return step == 0 ? x * 0 : x.alias();
                },
            });
        Assert.Equal(8, steps.Count);
        Assert.Equal(0, TensorAssert.Numbers(found).Sum());
    }

    [Fact]
    public void The_callers_x_stays_the_callers()
    {
        using var sampler = Sampler("ddim");
        using var noise = new NoiseSource([1], Shape, 1, CPU);
        var x = noise.Draw();
        double before = TensorAssert.Numbers(x)[0];
        SampleLoop.Run(sampler, Denoise, x, noise);
        Assert.Equal(before, TensorAssert.Numbers(x)[0]);
    }

    [Fact]
    public void Steps_outside_the_plan_are_refused()
    {
        using var sampler = Sampler("ddim");
        using var noise = new NoiseSource([1], Shape, 1, CPU);
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            SampleLoop.Run(sampler, Denoise, noise.Draw(), noise, new() { FromStep = 8 }));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            SampleLoop.Run(sampler, Denoise, noise.Draw(), noise, new() { ToStep = -1 }));
    }

    [Fact]
    public void An_unknown_sampler_names_the_known_ones()
    {
        var error = Assert.Throws<UsageException>(() => SamplerFactory.Parse("euler"));
        Assert.Contains("ddpm, ddim, dpmpp-2m", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_out_of_range_are_refused()
    {
        Assert.Throws<UsageException>(() => Sampler("ddim", settings: new SamplerSettings { Eta = 1.5 }));
        Assert.Throws<UsageException>(() => Sampler("ddim", settings: new SamplerSettings { Eta = double.NaN }));
        Assert.Throws<UsageException>(() => Sampler("heun", settings: new SamplerSettings { Churn = -1 }));
    }

    public void Dispose() => _scope.Dispose();

    // Depends on x, so that batches could mix, and on the timestep.
    private static Prediction Denoise(Tensor x, Tensor timestep)
    {
        var share = (timestep / 1000f).reshape(-1, 1, 1, 1);
        return new Prediction((x * share) + 0.01f, (x * 0) + 0.5f);
    }

    private static ISampler Sampler(string name, X0Transform? rule = null, SamplerSettings? settings = null) =>
        SamplerFactory.Create(
            SamplerFactory.Parse(name), BetaTable.SquaredCosine(1000), TimestepRespacing.Parse("8", 1000), rule
                ?? X0Transform.Clamp, settings);

    private static Tensor Run(string name, long[] seeds)
    {
        using var sampler = Sampler(name);
        using var noise = new NoiseSource(seeds, Shape, 1, CPU);
        using var x = noise.Draw();
        return SampleLoop.Run(sampler, Denoise, x, noise);
    }

    /// <summary>Reports on the calling thread, unlike Progress.</summary>
    private sealed class Immediate(Action<SamplingProgress> report) : IProgress<SamplingProgress>
    {
        public void Report(SamplingProgress value) => report(value);
    }
}
