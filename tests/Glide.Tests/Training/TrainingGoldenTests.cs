using Glide.Diffusion;
using Glide.Models;
using Glide.Models.Clip;
using Glide.Models.Ops;
using Glide.Models.UNet;
using Glide.Tests.Models;
using Glide.Tests.Support;
using Glide.Training;
using static TorchSharp.torch;

namespace Glide.Tests.Training;

/// <summary>Losses, gradients and steps of the optimizer beside those of the original's training code.</summary>
[Collection(TorchCollection.Name)]
public sealed class TrainingGoldenTests
{
    // Float32 means of thousands of squares, summed in another order.
    private const double LossRelative = 1e-4;

    // As for a network's answer: what differs is the order of sums.
    private const double GradientRelative = Bounds.NetworkInDeviations;

    // AdamW moves each weight by about the learning rate, whatever the size of its gradient, so that a gradient near 0
    // of another sign moves its weight the other way.
    private const double WeightsInDeviations = 1e-3;

    // Of the gradients of these biases the file has the first third; zeros follow.
    private const long StoredOfAttentionBias = 21;

    [Theory, InlineData("base"), InlineData("base-inpaint"), InlineData("upsample")]
    public void Three_steps_of_training_are_those_of_the_original(string kind)
    {
        using var scope = NewDisposeScope();
        using var golden = GoldenTensors.Open($"training_{kind}_mini.safetensors");
        var config = Networks.UNet($"{kind}_mini");
        using var network = new UNetModel(config, Precision.Float32, CPU, ReferenceOps.Instance);
        SyntheticWeights.Fill(network);
        using var weights = new FlatWeights([.. network.named_parameters()]);
        using var optimizer = new AdamW(weights, new AdamWSettings(Decay: golden.Described<double>("weight_decay")));
        using var average = new WeightAverage(weights, rate: 1);
        using var loss = new DiffusionLoss(
            new NoiseSchedule(BetaTable.Parse(config.NoiseSchedule, config.DiffusionSteps)), LossWeight.None, CPU);

        for (int step = 0; step < 3; step++)
        {
            using var inner = NewDisposeScope();
            weights.ZeroGradients();
            using var terms = Terms(network, loss, golden);
            AssertLoss(golden[$"step{step}.mse"], terms.Simple);
            AssertLoss(golden[$"step{step}.vb"], terms.VariationalBound);
            AssertLoss(golden[$"step{step}.loss"], terms.Total.detach());
            terms.Total.mean().backward();
            if (step == 0)
                AssertGradients(network, weights, golden);
            optimizer.Step(golden.Described<double>("lr"));
            average.Mix(golden.Described<double>("ema"));
        }

        AssertWeights(golden, "after3.", weights.Slots, weights.Values);
        AssertWeights(golden, "ema3.", weights.Slots, average.Values);
    }

    [Fact]
    public void The_loss_of_noised_clip_is_that_of_the_original()
    {
        using var scope = NewDisposeScope();
        using var golden = GoldenTensors.Open("training_clip_mini.safetensors");
        using var image = new ClipImageEncoder(Networks.MiniClipImage, CPU);
        using var text = new ClipTextEncoder(Networks.MiniClipText, CPU);
        SyntheticWeights.Fill(image);
        SyntheticWeights.Fill(text);
        using var loss = new ClipLoss(Math.Exp(golden["log_scale"].item<float>()), CPU);
        using var weights = new FlatWeights(
        [
            .. image.named_parameters().Select(named => ($"image.{named.name}", named.parameter)),
            .. text.named_parameters().Select(named => ($"text.{named.name}", named.parameter)),
            ("log_scale", loss.LogScale),
        ]);

        var images = image.call(golden["x"], golden["t"]);
        var texts = text.call(golden["tokens"], golden["lengths"]);
        var (value, _) = loss.Of(images, texts, arange(images.shape[0], dtype: ScalarType.Int64));
        AssertLoss(golden["loss"].reshape(1), value.detach().reshape(1));
        value.backward();

        var gradients = image.named_parameters().Select(named => ($"image.{named.name}", named.parameter.grad!))
            .Concat(text.named_parameters().Select(named => ($"text.{named.name}", named.parameter.grad!)))
            .ToDictionary();
        foreach (string name in golden.Names("grad.").Where(name => name != "log_scale"))
        {
            long known = name.EndsWith("f_q.b", StringComparison.Ordinal)
                || name.EndsWith("f_v.b", StringComparison.Ordinal) ? StoredOfAttentionBias : long.MaxValue;
            var expected = golden["grad." + name].reshape(-1);
            long count = Math.Min(known, expected.numel());
            Closeness.AssertGolden(
                expected.narrow(0, 0, count), gradients[name].reshape(-1).narrow(0, 0, count));
        }
        AssertLoss(golden["grad.log_scale"].reshape(1), loss.LogScale.grad!);
    }

    private static LossTerms Terms(UNetModel network, DiffusionLoss loss, GoldenTensors golden)
    {
        var (x0, noise, timestep) = (golden["x0"], golden["noise"], golden["t"]);
        var x = loss.AddNoise(x0, noise, timestep);
        var input = new UNetInput(
            x, golden.Find("low_res"), golden.Find("inpaint_image"), golden.Find("inpaint_mask"));
        using var text = network.EncodeText(golden["tokens"], golden["mask"].to(ScalarType.Bool));
        return loss.Of(network.call(input, timestep.to(ScalarType.Float32), text), x, x0, noise, timestep);
    }

    private static void AssertLoss(Tensor expected, Tensor actual) =>
        Assert.InRange(Closeness.Relative(expected, actual), 0, LossRelative);

    private static void AssertGradients(UNetModel network, FlatWeights weights, GoldenTensors golden)
    {
        using var scope = NewDisposeScope();
        var parameters = network.named_parameters().ToDictionary(named => named.name, named => named.parameter);
        foreach (string name in golden.Names("grad."))
            Closeness.AssertGolden(golden["grad." + name], parameters[name].grad!);
        Assert.Equal(golden["grad_norm"].item<float>(), weights.GradientNorm(),
            GradientRelative * golden["grad_norm"].item<float>());
    }

    private static void AssertWeights(
        GoldenTensors golden, string prefix, IReadOnlyList<WeightSlot> slots, Tensor weights)
    {
        var names = golden.Names(prefix).ToList();
        Assert.NotEmpty(names);
        foreach (string name in names)
        {
            var slot = slots.Single(slot => slot.Name == name);
            Assert.InRange(
                Closeness.InDeviations(golden[prefix + name], slot.Of(weights)), 0, WeightsInDeviations);
        }
    }
}
