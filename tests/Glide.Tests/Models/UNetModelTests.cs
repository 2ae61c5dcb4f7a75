using Glide.Models;
using Glide.Models.Ops;
using Glide.Models.Text;
using Glide.Models.UNet;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

[Collection(TorchCollection.Name)]
public sealed class UNetModelTests
{
    // Sums in another order, over values of about 1.
    private const double RowTolerance = 1e-4;

    [Fact]
    public void Each_row_of_a_batch_is_what_it_is_alone()
    {
        using var scope = NewDisposeScope();
        using var model = Filled(Networks.MiniUpsamplerInpaint);
        using var text = Prompts(model, rows: 3);
        var input = Input(model.Config, rows: 3);
        var timestep = tensor(new[] { 3f, 500.25f, 999f });
        var together = model.call(input, timestep, text);
        for (int row = 0; row < 3; row++)
        {
            using var one = text.Select(row);
            Tensor Row(Tensor all) => all.narrow(0, row, 1);
            var rowInput = new UNetInput(Row(input.X), Row(input.LowRes!), Row(input.KnownImage!),
                Row(input.KnownMask!));
            var alone = model.call(rowInput, Row(timestep), one);
            Assert.InRange(Closeness.InDeviations(alone, Row(together)), 0, RowTolerance);
        }
    }

    [Fact]
    public void Fractional_timesteps_lie_between_whole_ones()
    {
        using var scope = NewDisposeScope();
        using var model = Filled(Networks.MiniBase);
        using var text = Prompts(model, rows: 1);
        var input = Input(model.Config, rows: 1);
        Tensor At(float timestep) => model.call(input, tensor(new[] { timestep }), text);
        double whole = Closeness.Relative(At(500), At(501)), half = Closeness.Relative(At(500), At(500.5f));
        Assert.InRange(half, whole * 0.25, whole * 0.75);
    }

    [CpuBFloat16Theory]
    [InlineData("base_mini", false), InlineData("base_mini", true), InlineData("upsample_mini", false),
        InlineData("upsample_mini", true)]
    public void BFloat16_stays_near_float32(string name, bool isPlain)
    {
        using var scope = NewDisposeScope();
        var config = Networks.UNet(name);
        using var full = Filled(config);
        using var half = Filled(config, Precision.BFloat16, isPlain ? UNetOps.Plain : null);
        using var fullText = Prompts(full, rows: 2);
        using var halfText = Prompts(half, rows: 2);
        var input = Input(config, rows: 2);
        var timestep = tensor(new[] { 40f, 700f });
        var answer = half.call(input, timestep, halfText);
        Assert.Equal(ScalarType.Float32, answer.dtype);
        Assert.InRange(Closeness.Relative(full.call(input, timestep, fullText), answer), 0, Bounds.SixteenBitRelative);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(5)]
    public void Reused_deep_features_change_nothing_at_the_same_step(int outerBlocks)
    {
        using var scope = NewDisposeScope();
        using var model = Filled(Networks.MiniBase);
        using var text = Prompts(model, rows: 2);
        using var deep = new DeepCache(outerBlocks);
        var input = Input(model.Config, rows: 2);
        var timestep = tensor(new[] { 10f, 900f });
        var whole = model.call(input, timestep, text);
        var filling = model.forward(input, timestep, text, deep);
        Assert.NotNull(deep.Kept);
        var reusing = model.forward(input, timestep, text, deep);
        Assert.Equal(0, Closeness.Relative(whole, filling));
        Assert.Equal(0, Closeness.Relative(whole, reusing));

        var other = new UNetInput(input.X * 0.5);
        Assert.NotEqual(0, Closeness.Relative(model.call(other, timestep, text),
            model.forward(other, timestep, text, deep)));
        deep.Clear();
        Assert.Equal(0, Closeness.Relative(model.call(other, timestep, text),
            model.forward(other, timestep, text, deep)));
    }

    [Fact]
    public void A_network_without_deep_blocks_cannot_reuse_them()
    {
        using var scope = NewDisposeScope();
        using var model = Filled(Networks.MiniBase);
        using var text = Prompts(model, rows: 1);
        using var deep = new DeepCache(model.Depth);
        Assert.Throws<ArgumentException>(() => model.forward(Input(model.Config, rows: 1), tensor(new[] { 1f }), text,
            deep));
    }

    [Fact]
    public void Input_must_suit_the_network()
    {
        using var scope = NewDisposeScope();
        var x = zeros([1, 3, 32, 32]);
        Assert.Throws<ArgumentException>(() => new UNetInput(x, LowRes: x).Assemble(Networks.MiniBase));
        Assert.Throws<ArgumentException>(() => new UNetInput(x, KnownImage: x).Assemble(Networks.MiniBase));
        Assert.Throws<ArgumentException>(() => new UNetInput(x).Assemble(Networks.MiniUpsampler));
    }

    [Fact]
    public void Unknown_pixels_of_the_known_image_do_not_matter()
    {
        using var scope = NewDisposeScope();
        var x = zeros([1, 3, 32, 32]);
        var mask = zeros([1, 1, 32, 32]);
        var nothing = new UNetInput(x).Assemble(Networks.MiniBaseInpaint);
        var hidden = new UNetInput(x, KnownImage: x + 1, KnownMask: mask).Assemble(Networks.MiniBaseInpaint);
        Assert.Equal([1, 7, 32, 32], hidden.shape);
        Assert.Equal(0, (nothing - hidden).abs().max().item<float>());
    }

    [Fact]
    public void Passes_leave_no_tensors_behind()
    {
        using var model = Filled(Networks.MiniUpsamplerInpaint);
        TensorLeak.None(() =>
        {
            using var scope = NewDisposeScope();
            using var text = Prompts(model, rows: 2);
            using var deep = new DeepCache(outerBlocks: 2);
            var input = Input(model.Config, rows: 2);
            var timestep = tensor(new[] { 10f, 900f });
            model.call(input, timestep, text);
            model.forward(input, timestep, text, deep);
            model.forward(input, timestep, text, deep);
        });
    }

    [Fact]
    public void Networks_free_all_that_they_made() => TensorLeak.None(() =>
    {
        using var scope = NewDisposeScope();
        new UNetModel(Networks.MiniBase, Precision.Float32, CPU).Dispose();
    });

    [Fact]
    public void Impossible_configurations_are_refused_with_all_faults()
    {
        var config = Networks.Base with { NumChannels = 100, TextHeads = 7 };
        var error = Assert.Throws<ArgumentException>(() => new UNetModel(config, Precision.Float32, CPU));
        Assert.Contains("100 channels", error.Message, StringComparison.Ordinal);
        Assert.Contains("7 heads", error.Message, StringComparison.Ordinal);
    }

    internal static UNetModel Filled(UNetConfig config, Precision? precision = null, UNetOps? ops = null)
    {
        var model = new UNetModel(config, precision ?? Precision.Float32, CPU, ops);
        SyntheticWeights.Fill(model);
        return model;
    }

    internal static TextConditioning Prompts(UNetModel model, int rows)
    {
        using var scope = NewDisposeScope();
        int tokens = model.Config.TextContext;
        long[] ids = [.. Enumerable.Range(0, rows * tokens)
            .Select(position => position * 7919L % UNetConfig.Vocabulary)];
        bool[] mask = [.. Enumerable.Range(0, rows * tokens)
            .Select(position => position % tokens <= 3 * (position / tokens))];
        return model.EncodeText(tensor(ids, [rows, tokens]), tensor(mask, [rows, tokens]));
    }

    internal static UNetInput Input(UNetConfig config, int rows)
    {
        long side = config.ImageSize;
        return new UNetInput(
            SyntheticWeights.Unit("x", rows, 3, side, side),
            config.Upsample ? SyntheticWeights.Unit("low", rows, 3, side / 4, side / 4) : null,
            config.Inpaint ? SyntheticWeights.Unit("known", rows, 3, side, side) : null,
            config.Inpaint ? (SyntheticWeights.Unit("mask", rows, 1, side, side) > 0).to(ScalarType.Float32) : null);
    }
}
