using Glide.Datasets;
using Glide.Models;
using Glide.Models.Ops;
using Glide.Models.UNet;
using Glide.Runtime;
using Glide.Tests.Models;
using Glide.Tests.Support;
using Glide.Tokenizers;
using Glide.Training;
using static TorchSharp.torch;

namespace Glide.Tests.Training;

[Collection(TorchCollection.Name)]
public sealed class ReplicaTests : IDisposable
{
    // The same sums in another order.
    private const double Relative = 1e-5;

    private readonly string _folder = Directory.CreateTempSubdirectory("glide-replica-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData("base"), InlineData("base-inpaint"), InlineData("upsample")]
    public void A_recorded_pass_adds_the_gradients_of_each_batch_once(string network)
    {
        using var scope = NewDisposeScope();
        int recordings = 0;
        var plain = Gradients(network, record: null);
        var recorded = Gradients(network, work =>
        {
            recordings++;
            return new RepeatedWork(work);
        });
        Assert.Equal(1, recordings);
        Assert.All(plain.Zip(recorded), pair =>
            Assert.InRange(Closeness.Relative(pair.First, pair.Second), 0, Relative));
        Assert.True(Closeness.Relative(plain[^1], plain[^2]) > Relative);
    }

    [Fact]
    public void Nothing_is_recorded_where_activations_are_dropped()
    {
        using var scope = NewDisposeScope();
        using var network = Network("base");
        using var objective = Objective(network, new TrainingSettings { Dropout = 0.1 });
        Assert.False(objective.IsRecordable);
    }

    [Fact]
    public void Two_devices_make_the_step_of_two_batches_on_one()
    {
        var plan = new TrainingPlan("base")
        {
            UNet = Networks.MiniBase,
            Settings = new TrainingSettings
            {
                Steps = 3,
                BatchSize = 2,
                Accumulate = 4,
                Warmup = 1,
                Rate = 1e-3,
                SampleEvery = 0,
                LogEvery = 1,
                Timesteps = TimestepSampler.LossAware,
            },
        };
        var one = TrainingRun.Begin(Path.Combine(_folder, "one"), plan);
        var two = TrainingRun.Begin(Path.Combine(_folder, "two"), plan);
        Train(one, devices: 1);
        Train(two, devices: 2);
        using var scope = NewDisposeScope();
        using var network = Network("base");
        var timesteps = new TimestepSampler(TimestepSampler.LossAware, Networks.MiniBase.DiffusionSteps);
        using var first = new TrainingState([.. network.named_parameters()], timesteps, plan.Settings);
        using var other = Network("base");
        using var second = new TrainingState([.. other.named_parameters()], timesteps, plan.Settings);
        var begin = first.Weights.Values.clone();
        first.Load(one.CheckpointPath(3));
        second.Load(two.CheckpointPath(3));
        // AdamW moves every weight by about the rate, even where a gradient is only rounding.
        double moved = (first.Weights.Values - begin).norm().item<float>();
        Assert.InRange((first.Weights.Values - second.Weights.Values).norm().item<float>(), 0, 0.01 * moved);
        Assert.InRange(Closeness.Relative(first.Optimizer.Mean, second.Optimizer.Mean), 0, 0.01);
    }

    private static void Train(TrainingRun run, int devices)
    {
        using var scope = NewDisposeScope();
        var networks = Enumerable.Range(0, devices).Select(_ => Network("base")).ToList();
        var objectives = networks.ConvertAll(network => Objective(network, run.Plan.Settings));
        using (var loop = new TrainLoop(run, objectives, first => _ => Batch("base", first++)))
            Assert.Equal(TrainingEnd.Finished, loop.Run(CancellationToken.None));
        objectives.ForEach(objective => objective.Dispose());
        networks.ForEach(network => network.Dispose());
    }

    // Those of five batches, each for itself.
    private static List<Tensor> Gradients(string kind, Func<Action, IRecording?>? record)
    {
        using var network = Network(kind);
        using var objective = Objective(network, new TrainingSettings { LowResNoise = 0.1 });
        using var weights = new FlatWeights(objective.Parameters);
        using var replica = new Replica(objective, weights, record);
        var timesteps = new TimestepSampler("uniform", objective.TimestepCount);
        var gradients = new List<Tensor>();
        for (long number = 0; number < 5; number++)
        {
            using var batch = Batch(kind, number);
            using var drawn = replica.Draw(batch, seed: 3, number, timesteps);
            weights.ZeroGradients();
            var terms = replica.AddGradients(drawn, factor: 0.5);
            Assert.Equal(batch.Captions.Count, terms.Terms[0].Length);
            Assert.True(terms.Loss > 0);
            gradients.Add(cat([.. weights.Pieces().Select(piece => piece.Gradient)]));
        }
        return gradients;
    }

    private static UNetModel Network(string kind)
    {
        var network = new UNetModel(Networks.UNet($"{kind}_mini"), Precision.Float32, CPU, ReferenceOps.Instance);
        SyntheticWeights.Fill(network);
        return network;
    }

    private static DiffusionObjective Objective(UNetModel network, TrainingSettings settings) =>
        new(network, [.. network.named_parameters()], GlideTokenizer.Load(), settings);

    private static TrainingBatch Batch(string kind, long number)
    {
        using var scope = NewDisposeScope();
        var images = SyntheticWeights.Unit($"batch {number}", 2, 3, 32, 32);
        return new TrainingBatch(images.DetachFromDisposeScope(), [$"a {kind}", $"number {number}"], ["a", "b"]);
    }
}
