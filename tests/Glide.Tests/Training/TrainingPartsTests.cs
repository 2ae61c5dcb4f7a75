using System.Xml.Linq;
using Glide.Models;
using Glide.Models.Ops;
using Glide.Models.UNet;
using Glide.Tests.Models;
using Glide.Tests.ModelSets;
using Glide.Tests.Support;
using Glide.Training;
using static TorchSharp.torch;

namespace Glide.Tests.Training;

/// <summary>The parts of training beside formulas computed by hand and statistics.</summary>
[Collection(TorchCollection.Name)]
public sealed class TrainingPartsTests
{
    private const double Float32 = 1e-6;

    [Theory]
    [InlineData("none", 0.9, 1)]
    [InlineData("p2", 0.9, 0.1)]                // SNR 9: 1 / (1 + 9)
    [InlineData("min-snr", 0.9, 5.0 / 9)]
    [InlineData("min-snr:2", 0.9, 2.0 / 9)]
    [InlineData("min-snr", 0.5, 1)]             // SNR 1 is below γ
    [InlineData("truncated-snr", 0.9, 1)]
    [InlineData("truncated-snr", 0.1, 9)]
    [InlineData("truncated-snr", 0.001, 100)]   // 1/SNR 999 is above the limit
    [InlineData("truncated-snr:20", 0.01, 20)]
    public void The_weight_of_the_loss_follows_the_signal_to_noise_ratio(string kind, double alphaBar, double weight) =>
        Assert.Equal(weight, LossWeight.TryParse(kind)!.At(alphaBar), 12);

    [Theory]
    [InlineData(""), InlineData("min-snr:"), InlineData("min-snr:0"), InlineData("min-snr:nan"), InlineData("P2")]
    [InlineData("truncated-snr:0.5"), InlineData("truncated-snr:2000")]
    public void Other_weights_are_refused(string kind) => Assert.Null(LossWeight.TryParse(kind));

    [Fact]
    public void The_learning_rate_rises_and_falls()
    {
        var cosine = new TrainingSettings { Rate = 2, Warmup = 10, Schedule = "cosine", Steps = 100 };
        Assert.Equal(0.2, cosine.RateAt(0), 12);
        Assert.Equal(1, cosine.RateAt(50), 12);
        Assert.InRange(cosine.RateAt(99), 0, 0.001);
        Assert.Equal(2, (cosine with { Schedule = "constant" }).RateAt(99), 12);
    }

    [Theory, InlineData(0, 0.1), InlineData(10, 0.55), InlineData(1_000_000, 0.999)]
    public void The_average_begins_with_a_lower_rate(long step, double rate) =>
        Assert.Equal(rate, WeightAverage.WarmedUp(0.999, step), 12);

    // A share of N draws deviates by less than 5/√N · 1/2 but once in a million times.
    [Fact]
    public void Logit_normal_timesteps_lie_in_the_middle()
    {
        const int draws = 4000;
        using var random = new StepRandom(seed: 3, batch: 0, CPU);
        var (timesteps, weights) = new TimestepSampler("logit-normal", 1000).Draw(draws, random);
        // |logit| < ln 3 holds between a quarter and three quarters: Φ(1.0986) − Φ(−1.0986) = 0.728.
        double middle = timesteps.Count(t => t is >= 250 and < 750) / (double)draws;
        Assert.InRange(middle, 0.728 - (2.5 / Math.Sqrt(draws)), 0.728 + (2.5 / Math.Sqrt(draws)));
        Assert.All(weights, weight => Assert.Equal(1, weight));
    }

    [Fact]
    public void Loss_aware_timesteps_follow_the_losses_and_keep_the_expected_loss()
    {
        const int count = 4, draws = 20_000;
        float[] losses = [1, 2, 3, 4];
        var sampler = new TimestepSampler("loss-aware", count);
        for (int i = 0; i < 10; i++)
            sampler.Observe([0, 1, 2, 3], losses);
        using var random = new StepRandom(seed: 3, batch: 0, CPU);
        var (timesteps, weights) = sampler.Draw(draws, random);
        double[] shares = [.. losses.Select((_, t) => timesteps.Count(drawn => drawn == t) / (double)draws)];
        for (int t = 0; t < count; t++)
            Assert.InRange(shares[t], (losses[t] / 10) - 0.018, (losses[t] / 10) + 0.018);
        double expected = timesteps.Zip(weights, (t, weight) => losses[t] * weight).Average();
        Assert.InRange(expected, 2.45, 2.55);       // the mean of all timesteps
    }

    [Fact]
    public void Erased_regions_are_of_all_kinds()
    {
        using var scope = NewDisposeScope();
        using var random = new StepRandom(seed: 5, batch: 0, CPU);
        const int count = 500;
        var known = ErasedRegions.Draw(count, 32, 48, random);
        float[] shares = [.. known.mean([1, 2, 3]).data<float>()];
        Assert.All(known.data<float>().ToArray(), value => Assert.True(value is 0 or 1));
        Assert.InRange(shares.Count(share => share == 0) / (double)count, 0.2, 0.4);     // 30 % and 5 deviations
        Assert.InRange(shares.Count(share => share == 1) / (double)count, 0.005, 0.12);
        Assert.InRange(shares.Count(share => share is > 0 and < 1) / (double)count, 0.5, 0.8);
    }

    [Fact]
    public void Small_images_are_means_and_half_of_them_are_blurred()
    {
        using var scope = NewDisposeScope();
        using var random = new StepRandom(seed: 5, batch: 0, CPU);
        const int count = 200;
        // One bright small pixel in the middle of each image.
        var images = zeros(count, 3, 20, 20);
        images.narrow(2, 8, 4).narrow(3, 8, 4).fill_(1f);
        var small = LowResAugmentation.Draw(images, 4, mostNoise: 0, random);
        Assert.Equal([count, 3, 5, 5], small.shape);
        float[] centers = [.. small.select(1, 0).select(1, 2).select(1, 2).data<float>()];
        Assert.InRange(centers.Count(center => center == 1), 65, 135);
        Assert.All(centers, center => Assert.InRange(center, 0.4f, 1));
        // A blur keeps the sum.
        Assert.InRange((small.sum([2, 3]) - ones(count, 3)).abs().max().item<float>(), 0, 1e-5);
    }

    [Fact]
    public void A_new_network_predicts_zero_and_learns_from_the_first_step()
    {
        using var scope = NewDisposeScope();
        using var network = new UNetModel(Networks.MiniBase, Precision.Float32, CPU, ReferenceOps.Instance);
        using var generator = new Generator(7);
        UNetInitialization.Initialize(network, generator);
        var parameters = network.named_parameters().ToDictionary(named => named.name, named => named.parameter);
        Assert.Equal(0, parameters["out.2.weight"].abs().max().item<float>());
        Assert.Equal(0, parameters["input_blocks.1.0.out_layers.3.weight"].abs().max().item<float>());
        Assert.Equal(1, parameters["out.0.weight"].mean().item<float>());
        double bound = 1 / Math.Sqrt(3 * 9);        // of the first convolution
        Assert.InRange(parameters["input_blocks.0.0.weight"].abs().max().item<float>(), 0.9 * bound, bound);
        // What no caption uses stays zero, and what one uses is learned.
        Assert.Equal(0, parameters["token_embedding.weight"].abs().max().item<float>());
    }

    [Theory, InlineData("base"), InlineData("upsample")]
    public void An_inpainting_network_begins_as_the_plain_one(string kind)
    {
        using var scope = NewDisposeScope();
        string file = Path.Combine(Checkout.Models, "mini", $"{kind}.safetensors.gz");
        var config = Networks.UNet($"{kind}_mini");
        using var plain = new UNetModel(config, Precision.Float32, CPU, ReferenceOps.Instance);
        using var inpainting = new UNetModel(
            config with { Inpaint = true }, Precision.Float32, CPU, ReferenceOps.Instance);
        using (var checkpoint = Glide.Checkpoints.Checkpoint.Open(file))
        {
            InitialWeights.Load(plain, kind, checkpoint);
            InitialWeights.Load(inpainting, kind, checkpoint);
        }
        var x = SyntheticWeights.Unit("x", 1, 3, 32, 32);
        var lowRes = config.Upsample ? SyntheticWeights.Unit("low", 1, 3, 8, 8) : null;
        var ids = zeros(1, config.TextContext, dtype: ScalarType.Int64);
        var mask = ones(1, config.TextContext, dtype: ScalarType.Bool);
        using var text = plain.EncodeText(ids, mask);
        using var otherText = inpainting.EncodeText(ids, mask);
        var known = SyntheticWeights.Unit("known", 1, 3, 32, 32);
        var expected = plain.call(new UNetInput(x, lowRes), tensor([500f]), text);
        var actual = inpainting.call(
            new UNetInput(x, lowRes, known, ones(1, 1, 32, 32)), tensor([500f]), otherText);
        // The further products are zeros, in another order of sums.
        Assert.InRange(Closeness.Relative(expected, actual), 0, Float32);
    }

    [Fact]
    public void Captions_that_are_equal_are_right_for_all_of_their_images()
    {
        using var scope = NewDisposeScope();
        using var loss = new ClipLoss(scale: 2, CPU);
        // Two images of caption 0 and one of caption 1, all embeddings along axes.
        var images = tensor(new float[,] { { 1, 0 }, { 1, 0 }, { 0, 1 } });
        var texts = tensor(new float[,] { { 3, 0 }, { 0, 5 } });
        var (value, right) = loss.Of(images, texts, tensor(new long[] { 0, 0, 1 }));
        double e = Math.Exp(2);
        double toText = -Math.Log(e / (e + 1));
        // Caption 0: logits 2, 2, 0 with targets ½, ½, 0; caption 1: 0, 0, 2.
        double toImage = (-Math.Log(e / (2 * e + 1)) - Math.Log(e / (e + 2))) / 2;
        Assert.Equal((toText + toImage) / 2, value.item<float>(), 5);
        Assert.Equal([1, 1, 1], right.data<float>().ToArray());
        (_, right) = loss.Of(images, texts, tensor(new long[] { 0, 1, 1 }));
        Assert.Equal([1, 0, 1], right.data<float>().ToArray());
    }

    [Fact]
    public void A_batch_draws_the_same_numbers_again_and_another_one_does_not()
    {
        using var scope = NewDisposeScope();
        using StepRandom first = new(1, 2, CPU), again = new(1, 2, CPU), other = new(1, 3, CPU);
        Assert.Equal(first.Unit(), again.Unit());
        Assert.Equal(first.Noise(8).data<float>().ToArray(), again.Noise(8).data<float>().ToArray());
        Assert.NotEqual(first.Unit(), other.Unit());
        Assert.NotEqual(first.Noise(8).data<float>().ToArray(), other.Noise(8).data<float>().ToArray());
    }

    [Fact]
    public void A_plan_is_read_as_it_was_written()
    {
        var plan = new TrainingPlan("upsample")
        {
            Data = ["a", "b:0.5"],
            From = "mini",
            Model = "mini",
            Prompts = ["é \"q\""],
            Dtype = "bf16",
            UNet = Networks.MiniUpsampler,
            Settings = new TrainingSettings { Rate = 3e-5, Crop = 64, NoFlip = true, LossWeight = "min-snr:3" },
        };
        string file = Path.GetTempFileName();
        File.WriteAllText(file, plan.ToJson());
        var read = TrainingPlan.Read(file);
        File.Delete(file);
        Assert.Equal(plan.ToJson(), read.ToJson());
        Assert.Equal(plan.Settings, read.Settings);
    }

    [Theory]
    [InlineData("{", "train.json")]
    [InlineData("{\"network\": \"moon\"}", "network is 'moon'")]
    [InlineData("{\"network\": \"base\", \"sttings\": {}}", "'sttings' is not known")]
    [InlineData("{\"network\": \"base\", \"settings\": {\"lr\": \"fast\"}}", "settings.lr")]
    [InlineData("{\"network\": \"base\", \"settings\": {\"speed\": 1}}", "settings.speed is not known")]
    [InlineData("{\"network\": \"base\", \"unet\": {\"image_size\": 64}}", "train.json")]
    [InlineData("{\"network\": \"base\", \"data\": [null]}", "a text is null")]
    [InlineData("{\"network\": \"base\", \"data\": 3}", "train.json")]
    [InlineData("{\"network\": 3}", "train.json")]
    [InlineData("[]", "it is no object")]
    public void A_plan_with_a_fault_is_refused_in_words(string json, string fault)
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, json);
        var error = Assert.ThrowsAny<GlideException>(() => TrainingPlan.Read(file));
        File.Delete(file);
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(1), InlineData(5000)]
    public void The_chart_is_valid_xml_within_its_frame(int points)
    {
        string file = Path.GetTempFileName();
        LossChart.Write(file, [.. Enumerable.Range(1, points).Select(step => new LossPoint(step * 10, 1.0 / step))]);
        var svg = XDocument.Load(file);
        File.Delete(file);
        var curves = svg.Root!.Elements().Where(part => part.Attribute("fill")?.Value == "none").ToList();
        Assert.Equal(2, curves.Count);
        foreach (string place in curves[0].Attribute("d")!.Value.TrimStart('M').Split('L'))
        {
            double[] xy = [.. place.Split(' ').Select(number =>
                double.Parse(number, System.Globalization.CultureInfo.InvariantCulture))];
            Assert.InRange(xy[0], 64, 704);
            Assert.InRange(xy[1], 24, 320);
        }
    }
}
