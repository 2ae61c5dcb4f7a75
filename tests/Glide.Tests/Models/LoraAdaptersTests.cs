using Glide.Models;
using Glide.Models.Layers;
using Glide.Models.Ops;
using Glide.Models.UNet;
using Glide.Tests.Support;
using static TorchSharp.torch;
using Convolution = Glide.Models.Layers.Convolution;
using Parameter = TorchSharp.Modules.Parameter;

namespace Glide.Tests.Models;

/// <summary>Low-rank adapters: W + alpha/r·up·down, trained while W is frozen.</summary>
[Collection(TorchCollection.Name)]
public sealed class LoraAdaptersTests
{
    // A larger step leaves a cubic term (at 3e-3 a tenth of the slope), and by a smaller one float32's error in the
    // loss is divided: 1e-4 over twice the step, against slopes of 20 and more.
    private const double Step = 5e-4, FiniteDifferences = 0.02;

    // The deviation of a few thousand uniform numbers.
    private const double Sampling = 0.1;

    private static readonly string[] s_all = ["attention", "linear", "conv"];

    public static TheoryData<string> Operations => ["plain", "reference", "channels last"];

    // x = (1, 1): W·x = (1, 1), down·x = 1 + 2, up·3 = (9, 12), half of which is (4.5, 6).
    [Theory, MemberData(nameof(Operations))]
    public void A_linear_layer_computes_what_is_computed_by_hand(string name)
    {
        using var scope = NewDisposeScope();
        using var layer = new LinearLayer(2, 2, Precision.Full(CPU), Ops(name));
        Set(layer, [1, 0, 0, 1], [1, 2], [1, 2], [3, 4]);
        Assert.Equal([5.5f, 7f], layer.call(ones(1, 2)).data<float>().ToArray());
    }

    // The same numbers at every pixel.
    [Theory, MemberData(nameof(Operations))]
    public void A_layer_over_channels_computes_what_is_computed_by_hand(string name)
    {
        using var scope = NewDisposeScope();
        using var layer = new PointwiseConvolution(2, 2, Precision.Full(CPU), Ops(name));
        Set(layer, [1, 0, 0, 1], [1, 2, 1], [1, 2], [3, 4]);
        Assert.Equal([5.5f, 5.5f, 7f, 7f], layer.call(ones(1, 2, 1, 2)).contiguous().data<float>().ToArray());
    }

    // W is 0 and down is 2 in its middle: half of 3·2 times the pixel itself, and nothing of its neighbors.
    [Theory, MemberData(nameof(Operations))]
    public void A_convolution_computes_what_is_computed_by_hand(string name)
    {
        using var scope = NewDisposeScope();
        using var layer = new Convolution(1, 1, kernel: 3, Precision.Full(CPU), Ops(name));
        Set(layer, new float[9], [1, 1, 3, 3], [0, 0, 0, 0, 2, 0, 0, 0, 0], [3]);
        var x = tensor(new float[] { 1, 2, 3, 4 }, [1, 1, 2, 2]);
        Assert.Equal([3f, 6f, 9f, 12f], layer.call(x, Wrap.None).contiguous().data<float>().ToArray());
    }

    [Fact]
    public void New_adapters_change_nothing_and_leave_nothing_behind()
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var network = UNetModelTests.Filled(Networks.MiniBase, ops: UNetOps.Plain);
        string[] names = [.. network.named_parameters().Select(each => each.name)];
        var before = Pass(network);
        TensorLeak.None(() =>
        {
            using var adapters = LoraAdapters.Attach(network, new(4, 8, s_all), Seeded());
            Assert.Equal(names, network.named_parameters().Select(each => each.name));
            Assert.Equal(names, network.state_dict().Keys);
        });
        using (LoraAdapters.Attach(network, new(4, 8, s_all), Seeded()))
            Assert.True(before.equal(Pass(network)).all().item<bool>());
        using (var changed = LoraAdapters.Attach(network, new(4, 8, s_all), Seeded()))
        {
            Stir(changed);
            Assert.False(before.equal(Pass(network)).all().item<bool>());
        }
        Assert.True(before.equal(Pass(network)).all().item<bool>());
    }

    [Fact]
    public void Down_begins_as_linear_layers_do_and_up_at_zero()
    {
        using var scope = NewDisposeScope();
        using var network = new UNetModel(Networks.MiniBase, Precision.Float32, CPU, UNetOps.Plain);
        using var adapters = LoraAdapters.Attach(network, new(8, 8, s_all), Seeded());
        foreach (var layer in adapters.Layers)
        {
            double bound = 1 / Math.Sqrt(layer.Change.Down.numel() / 8.0);
            Assert.InRange(layer.Change.Down.abs().max().item<float>(), 0, bound);
            if (layer.Change.Down.numel() > 2000)
            {
                Assert.InRange(layer.Change.Down.std().item<float>() * Math.Sqrt(3) / bound, 1 - Sampling,
                    1 + Sampling);
            }
            Assert.Equal(0, layer.Change.Up.abs().max().item<float>());
        }
        var convolution = adapters.Layers.Single(layer => layer.Name == "input_blocks.1.0.in_layers.2").Change;
        Assert.Equal([8, 64, 3, 3], convolution.Down.shape);
        Assert.Equal([64, 8], convolution.Up.shape);
        Assert.Equal(2 * adapters.Layers.Count,
            adapters.NamedParameters().Select(each => each.Name).Distinct().Count());
    }

    [Fact]
    public void Targets_choose_layers()
    {
        string[] layers = ["time_embed.0", "input_blocks.0.0", "input_blocks.1.0.in_layers.2", "out.2",
            "input_blocks.1.0.emb_layers.1", "input_blocks.1.1.qkv", "middle_block.1.qkv", "middle_block.1.encoder_kv",
            "transformer.resblocks.0.attn.c_qkv", "transformer.resblocks.0.mlp.c_fc", "transformer_proj",
            "input_blocks.1.0.skip_connection"];
        Assert.Equal(layers[5..9], Chosen("attention"));
        Assert.Equal([layers[0], layers[4], layers[9], layers[10]], Chosen("linear"));
        Assert.Equal([layers[2], layers[11]], Chosen("conv"));
        Assert.Equal([layers[5]], Chosen("input_blocks.*.qkv"));
        Assert.Equal([layers[3], layers[6]], Chosen("middle_block.?.qkv", "out.2", "out.2"));
        Assert.Equal(layers.Except(["input_blocks.0.0", "out.2", layers[2], layers[11]]),
            Chosen([.. LoraSettings.DefaultTargets]));
        var error = Assert.Throws<UsageException>(() => Chosen("attention", "input_blocks.9.*"));
        Assert.Contains("the target 'input_blocks.9.*' names no layer of the network; allowed are attention, linear, "
            + "conv", error.Message, StringComparison.Ordinal);
        Assert.Throws<UsageException>(() => Chosen());

        IReadOnlyList<string> Chosen(params string[] targets) => new LoraSettings(4, 4, targets).Choose(layers);
    }

    /// <summary>The slope of a loss along one element of down and one of up, by finite differences.</summary>
    [Theory, InlineData("conv"), InlineData("attention"), InlineData("linear")]
    public void The_gradient_reaches_the_adapters_alone(string target)
    {
        using var scope = NewDisposeScope();
        using var network = UNetModelTests.Filled(Networks.MiniBase, ops: UNetOps.Plain);
        network.parameters().First().requires_grad = true;
        using var adapters = LoraAdapters.Attach(network, new(4, 8, [target]), Seeded());
        Stir(adapters);
        var towards = SyntheticWeights.Unit("towards", 1, 6, 32, 32);
        Loss().backward();
        Assert.All(network.parameters(), parameter => Assert.True(parameter.grad is null && !parameter.requires_grad));
        foreach (bool isUp in new[] { false, true })
        {
            // The factor with the steepest slope, where errors of float32 count least.
            var factor = adapters.Layers.Select(layer => isUp ? layer.Change.Up : layer.Change.Down)
                .MaxBy(each => each.grad!.abs().max().item<float>())!;
            var flat = factor.grad!.reshape(-1);
            long element = flat.abs().argmax().item<long>();
            double slope = flat[element].item<float>();
            double measured = (Shifted(factor, element, Step) - Shifted(factor, element, -Step)) / (2 * Step);
            Assert.InRange(measured / slope, 1 - FiniteDifferences, 1 + FiniteDifferences);
        }

        Tensor Loss() => (Pass(network) * towards).sum(ScalarType.Float64);

        double Shifted(Parameter factor, long element, double by)
        {
            using var frozen = no_grad();
            var before = factor.clone();
            factor.view(-1)[element] += by;
            double loss = Loss().item<double>();
            factor.copy_(before);
            return loss;
        }
    }

    [Fact]
    public void Sixteen_bit_weights_keep_adapters_in_float32()
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var layer = new LinearLayer(2, 2, new(ScalarType.BFloat16, CPU), UNetOps.Plain);
        Set(layer, [1, 0, 0, 1], [1, 2], [1, 2], [3, 4]);
        var weight = layer.Weights.Effective();
        Assert.Equal(ScalarType.BFloat16, weight.dtype);
        Assert.Equal([2.5f, 3f, 2f, 5f], weight.to(ScalarType.Float32).data<float>().ToArray());
    }

    // They would repack the weight and never look at its change.
    [Fact]
    public void Native_operations_refuse_adapters()
    {
        using var scope = NewDisposeScope();
        using var network = new UNetModel(Networks.MiniBase, Precision.Float32, CPU, NativeOps.Instance);
        Assert.Throws<InvalidOperationException>(() => LoraAdapters.Attach(network, new(4, 4, s_all), Seeded()));
        using var layer = new LinearLayer(16, 16, Precision.Full(CPU), NativeOps.Instance);
        layer.Weights.Change = new(new Parameter(ones(1, 16)), new Parameter(ones(16, 1)), 1);
        Assert.Throws<InvalidOperationException>(() => layer.call(ones(1, 16)));
    }

    [Fact]
    public void A_network_has_adapters_once()
    {
        using var network = new UNetModel(Networks.MiniBase, Precision.Float32, CPU, UNetOps.Plain);
        using (LoraAdapters.Attach(network, new(4, 4, ["attention"]), Seeded()))
            Assert.Throws<InvalidOperationException>(() => LoraAdapters.Attach(network, new(4, 4, s_all), Seeded()));
        LoraAdapters.Attach(network, new(4, 4, s_all), Seeded()).Dispose();
    }

    /// <summary>Gives up numbers that are not 0.</summary>
    internal static void Stir(LoraAdapters adapters)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, parameter) in adapters.NamedParameters())
            parameter.copy_(SyntheticWeights.Of(name, parameter.shape));
    }

    internal static Tensor Pass(UNetModel network)
    {
        using var text = UNetModelTests.Prompts(network, rows: 1);
        return network.call(UNetModelTests.Input(network.Config, rows: 1), tensor(new[] { 300f }), text);
    }

    internal static Generator Seeded() => new(7);

    private static void Set(IChangeableLayer layer, float[] weight, long[] downShape, float[] down, float[] up)
    {
        using var frozen = no_grad();
        var weights = layer.Weights;
        weights.Weight.copy_(tensor(weight, weights.Weight.shape));
        weights.Bias.zero_();
        weights.Change = new LowRankChange(new Parameter(tensor(down, downShape)),
            new Parameter(tensor(up, [up.Length, 1])), Scale: 0.5);
    }

    private static UNetOps Ops(string name) => name switch
    {
        "plain" => UNetOps.Plain,
        "reference" => ReferenceOps.Instance,
        _ => ChannelsLastOps.Instance,
    };
}
