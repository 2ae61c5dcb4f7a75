using System.Diagnostics;
using Glide.Datasets;
using Glide.Images;
using Glide.Models;
using Glide.Models.Ops;
using Glide.Models.UNet;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Shapes;
using Glide.Tests.Models;
using Glide.Tests.Support;
using Glide.Tokenizers;
using Glide.Training;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace Glide.Tests.Training;

/// <summary>Measurements of training that take minutes; docs/studies/training.md has their figures.</summary>
[Collection(TorchCollection.Name)]
public sealed class NightlyTrainingTests(ITestOutputHelper output) : IDisposable
{
    private const int Images = 8;

    private static readonly TimestepSampler s_uniform =
        new("uniform", Networks.MiniBase.DiffusionSteps);

    private readonly string _folder = Directory.CreateTempSubdirectory("glide-nightly-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [NightlyFact]
    public void The_built_in_base_learns_eight_images_by_heart()
    {
        const double worstError = 0.01, worstPsnr = 22;
        var shapes = Shapes();
        var mini = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
        var run = TrainingRun.Begin(Path.Combine(_folder, "run"), new TrainingPlan("base")
        {
            UNet = Networks.MiniBase,
            Settings = new TrainingSettings
            {
                Steps = 500,
                BatchSize = Images,
                Rate = 3e-4,
                Warmup = 50,
                Schedule = "cosine",
                Ema = 0.99,
                DropPrompt = 0.1,
                SaveEvery = 500,
                SampleEvery = 0,
                LogEvery = 50,
            },
        });
        using (var network = new UNetModel(run.Plan.UNet!, Precision.Float32, CPU, ReferenceOps.Instance))
        using (var weights = mini.OpenWeights("base"))
        {
            InitialWeights.Load(network, "base", weights);
            using var objective = new DiffusionObjective(
                network, [.. network.named_parameters()], GlideTokenizer.Load(), run.Plan.Settings);
            using var loop = new TrainLoop(run, [objective], _ => _ => BatchOf(shapes));
            loop.Run(CancellationToken.None);
        }
        double[] errors = [.. File.ReadLines(run.LogPath).TakeLast(4).Select(line =>
            (double)System.Text.Json.Nodes.JsonNode.Parse(line)!["mse"]!)];
        output.WriteLine($"mse of the last 200 steps: {string.Join(", ", errors)}");

        var set = ModelPack.Pack([run.Folder], Path.Combine(_folder, "set"), licence: null, CancellationToken.None);
        using var pipeline = GlidePipeline.Open(set, new DeviceOptions { Device = "cpu" });
        var recipe = QualityPreset.ForPrompts.Apply(Recipe.For(set, "sample"));
        var psnr = new double[Images];
        pipeline.Run([.. shapes.Select((shape, i) => new ImageRequest(shape.Caption, i))],
            recipe.WithBase(stage => stage with { GuidanceScale = 1 }),
            new RunOptions { Finished = image => psnr[image.Number] = Psnr(image.Image, shapes[image.Number]) });
        output.WriteLine($"PSNR of the {Images} images: {string.Join(", ", psnr.Select(value => $"{value:0.0}"))} dB");
        Assert.InRange(errors.Average(), 0, worstError);
        Assert.All(psnr, value => Assert.InRange(value, worstPsnr, 100));
    }

    [NightlyFact]
    public void A_step_is_as_fast_as_one_of_plain_calls()
    {
        const int rounds = 8;
        const double leastRatio = 0.9;
        using var scope = NewDisposeScope();
        var shapes = Shapes();
        var settings = new TrainingSettings { Seed = 1 };
        using UNetModel own = NewNetwork(ReferenceOps.Instance), plain = NewNetwork(UNetOps.Plain);
        using var objective = new DiffusionObjective(
            own, [.. own.named_parameters()], GlideTokenizer.Load(), settings);
        using var state = new TrainingState(objective.Parameters, s_uniform, settings);
        foreach (var parameter in plain.parameters())
            parameter.requires_grad = true;
        using var plainObjective = new DiffusionObjective(
            plain, [.. plain.named_parameters()], GlideTokenizer.Load(), settings);
        using var optimizer = optim.AdamW(plain.parameters(), 1e-4);
        var averages = plain.parameters().Select(parameter => parameter.detach().clone()).ToList();

        double ownSeconds = 0, plainSeconds = 0;
        for (int round = 0; round <= rounds; round++)
        {
            double first = Seconds(() => OwnStep(objective, state, shapes, round));
            double second = Seconds(() => PlainStep(plainObjective, optimizer, averages, shapes, round));
            if (round == 0)
                continue;
            ownSeconds += first;
            plainSeconds += second;
        }
        output.WriteLine($"images/s: {rounds * Images / ownSeconds:0.0}, with plain calls "
            + $"{rounds * Images / plainSeconds:0.0}, ratio {plainSeconds / ownSeconds:0.00}");
        Assert.InRange(plainSeconds / ownSeconds, leastRatio, 100);
    }

    private static UNetModel NewNetwork(UNetOps ops)
    {
        var network = new UNetModel(Networks.MiniBase, Precision.Float32, CPU, ops);
        SyntheticWeights.Fill(network);
        return network;
    }

    private static double Seconds(Action work)
    {
        var clock = Stopwatch.StartNew();
        work();
        return clock.Elapsed.TotalSeconds;
    }

    private static void OwnStep(
        DiffusionObjective objective, TrainingState state, IReadOnlyList<ShapeImage> shapes, int number)
    {
        using var batch = BatchOf(shapes);
        using var replica = new Replica(objective, state.Weights);
        state.Weights.ZeroGradients();
        using (var drawn = replica.Draw(batch, seed: 1, number, s_uniform))
            replica.AddGradients(drawn, factor: 1);
        Assert.True(state.Weights.GradientNorm() > 0);
        state.Optimizer.Step(1e-4);
        state.Average.Update(number);
    }

    private static void PlainStep(DiffusionObjective objective, optim.Optimizer optimizer, List<Tensor> averages,
        List<ShapeImage> shapes, int number)
    {
        using var scope = NewDisposeScope();
        using var batch = BatchOf(shapes);
        using var random = new StepRandom(seed: 1, number, CPU);
        var inputs = objective.Draw(batch, s_uniform.Draw(shapes.Count, random), random);
        var parameters = objective.Parameters.Select(named => named.Parameter).ToList();
        optimizer.zero_grad();
        using var loss = objective.Loss(inputs, random);
        loss.Mean.backward();
        nn.utils.clip_grad_norm_(parameters, 1);
        optimizer.step();
        using var frozen = no_grad();
        foreach (var (average, parameter) in averages.Zip(parameters))
            average.mul_(0.999).add_(parameter, 0.001);
    }

    private static List<ShapeImage> Shapes()
    {
        var random = new Random(4);
        return [.. Enumerable.Range(0, Images).Select(i =>
            ShapeImage.One(random, ShapeImage.Colors[i % ShapeImage.Colors.Count], ShapeImage.Shapes[i]))];
    }

    private static TrainingBatch BatchOf(IReadOnlyList<ShapeImage> shapes)
    {
        long side = ShapeImage.Side;
        var images = tensor(shapes.SelectMany(shape => shape.Pixels).ToArray(), [shapes.Count, 3, side, side]);
        string[] captions = [.. shapes.Select(shape => shape.Caption)];
        return new TrainingBatch(images.DetachFromDisposeScope(), captions, captions);
    }

    private static double Psnr(RgbImage drawn, ShapeImage shape)
    {
        using var scope = NewDisposeScope();
        var expected = tensor(shape.Pixels, [1, 3, ShapeImage.Side, ShapeImage.Side]);
        double error = (ImageTensors.ToTensor(drawn) - expected).square().mean().item<float>();
        return 10 * Math.Log10(4 / error);      // from −1 to 1
    }
}
