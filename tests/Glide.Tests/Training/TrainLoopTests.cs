using Glide.Checkpoints;
using Glide.Datasets;
using Glide.Models;
using Glide.Models.Ops;
using Glide.Models.UNet;
using Glide.Tests.Models;
using Glide.Tests.Support;
using Glide.Tokenizers;
using Glide.Training;
using static TorchSharp.torch;

namespace Glide.Tests.Training;

[Collection(TorchCollection.Name)]
public sealed class TrainLoopTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("glide-train-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_run_is_trained_by_one_process_at_a_time()
    {
        var run = TrainingRun.Begin(Path.Combine(_folder, "run"), Plan("base"));
        using (run.Lock())
        {
            var refusal = Assert.Throws<UsageException>(() => run.Lock());
            Assert.Contains("is in use by another process; wait until it ends", refusal.Message,
                StringComparison.Ordinal);
        }
        run.Lock().Dispose();
    }

    [Theory, InlineData("base"), InlineData("upsample-inpaint")]
    public void A_resumed_run_has_the_weights_of_an_unbroken_one(string network)
    {
        var plan = Plan(network) with
        {
            Settings = new TrainingSettings
            {
                Steps = 6,
                BatchSize = 2,
                Accumulate = 2,
                SaveEvery = 3,
                Warmup = 2,
                Dropout = 0.1,
                Rate = 1e-3,
                Timesteps = "loss-aware",
                LossWeight = "min-snr",
                SampleEvery = 0,
                LogEvery = 1,
                LowResNoise = 0.1,
            },
        };
        var unbroken = TrainingRun.Begin(Path.Combine(_folder, "unbroken"), plan);
        Assert.Equal(TrainingEnd.Finished, Train(unbroken));

        string folder = Path.Combine(_folder, "broken");
        var broken = TrainingRun.Begin(folder, plan);
        using (var stop = new CancellationTokenSource())
            Assert.Equal(TrainingEnd.Stopped, Train(broken, stop, stopAt: 4));
        File.Delete(broken.CheckpointPath(4));      // as after a kill, which leaves the last regular one
        File.AppendAllText(broken.LogPath, "{\"step\": 5, \"loss\"");
        Assert.Equal(TrainingEnd.Finished, Train(TrainingRun.Open(folder)));

        AssertSameTensors(unbroken.CheckpointPath(6), broken.CheckpointPath(6));
        Assert.Equal(6, File.ReadLines(broken.LogPath).Count());
        Assert.StartsWith("<svg", File.ReadAllText(broken.ChartPath), StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_last_checkpoints_are_kept()
    {
        var run = TrainingRun.Begin(Path.Combine(_folder, "run"), Plan("base") with
        {
            Settings = new TrainingSettings { Steps = 4, BatchSize = 1, SaveEvery = 1, Keep = 2, SampleEvery = 0 },
        });
        Train(run);
        Assert.Equal([run.CheckpointPath(3), run.CheckpointPath(4)], run.FindCheckpoints());
    }

    [Fact]
    public void A_loss_that_is_not_finite_names_step_and_images_and_keeps_the_checkpoint()
    {
        var run = TrainingRun.Begin(Path.Combine(_folder, "run"), Plan("base") with
        {
            Settings = new TrainingSettings { Steps = 4, BatchSize = 2, SaveEvery = 1, SampleEvery = 0 },
        });
        var error = Assert.Throws<NumericsException>(() => Train(run, badBatch: 2));
        Assert.Contains("step 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("image-4, image-5", error.Message, StringComparison.Ordinal);
        Assert.Contains(run.CheckpointPath(2), error.Message, StringComparison.Ordinal);
        Assert.Equal(run.CheckpointPath(2), run.FindCheckpoints()[^1]);
    }

    private static TrainingPlan Plan(string network) => new(network) { UNet = Networks.UNet($"{network}_mini") };

    private static TrainingEnd Train(
        TrainingRun run, CancellationTokenSource? stop = null, int stopAt = 0, int badBatch = -1)
    {
        using var scope = NewDisposeScope();
        using var network = new UNetModel(run.Plan.UNet!, Precision.Float32, CPU, ReferenceOps.Instance);
        SyntheticWeights.Fill(network);
        using var objective = new DiffusionObjective(
            network, [.. network.named_parameters()], GlideTokenizer.Load(), run.Plan.Settings);
        using var loop = new TrainLoop(run, [objective], first => Batches(run, first, badBatch))
        {
            Progress = progress =>
            {
                if (progress.Step == stopAt)
                    stop!.Cancel();
            },
        };
        return loop.Run(stop?.Token ?? CancellationToken.None);
    }

    // Upsamplers get images of a quarter of their size, which are enough to pass through all levels.
    private static Func<CancellationToken, TrainingBatch> Batches(TrainingRun run, long first, int badBatch)
    {
        int size = run.Plan.UNet!.Upsample ? run.Plan.UNet.ImageSize / 4 : run.Plan.UNet.ImageSize;
        int count = run.Plan.Settings.BatchSize;
        return _ =>
        {
            using var scope = NewDisposeScope();
            long number = first++;
            var images = SyntheticWeights.Unit($"batch {number}", count, 3, size, size);
            if (number == badBatch)
                images = images.mul(float.NaN);
            string[] names = [.. Enumerable.Range(0, count).Select(row => $"image-{(number * count) + row}")];
            return new TrainingBatch(images.DetachFromDisposeScope(), names, names);
        };
    }

    private static void AssertSameTensors(string expected, string actual)
    {
        using var first = Checkpoint.OpenAll(expected);
        using var second = Checkpoint.OpenAll(actual);
        Assert.Equal(first.Tensors.Keys, second.Tensors.Keys);
        Assert.Contains(first.Tensors.Keys, name => name.StartsWith("ema.", StringComparison.Ordinal));
        foreach (var (name, entry) in first.Tensors)
        {
            byte[] bytes = new byte[entry.ByteCount], others = new byte[entry.ByteCount];
            first.Read(entry, bytes);
            second.Read(second.Tensors[name], others);
            Assert.True(bytes.AsSpan().SequenceEqual(others), name);
        }
        Assert.Equal(first.Metadata, second.Metadata);
    }
}
