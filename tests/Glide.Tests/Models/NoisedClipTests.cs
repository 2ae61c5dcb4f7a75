using Glide.Models;
using Glide.Models.Clip;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

[Collection(TorchCollection.Name)]
public sealed class NoisedClipTests
{
    [Fact]
    public void The_gradient_follows_the_scale_and_carries_no_graph()
    {
        using var noGraph = no_grad();
        using var scope = NewDisposeScope();
        using var encoder = Images();
        var (x, timestep, text) = Case(rows: 2);
        var guide = new ClipGradient(encoder);
        var one = guide.Gradient(x, timestep, text, scale: 1);
        var three = guide.Gradient(x, timestep, text, scale: 3);
        Assert.False(one.requires_grad);
        Assert.False(x.requires_grad);
        Assert.All(encoder.parameters(), parameter => Assert.False(parameter.requires_grad));
        Assert.InRange(Closeness.Relative(one * 3, three), 0, 1e-6);
        Assert.Equal(0, guide.Gradient(x, timestep, text, scale: 0).abs().max().item<float>());
    }

    [Fact]
    public void The_gradient_is_the_slope_of_the_cosine()
    {
        using var scope = NewDisposeScope();
        using var encoder = Images();
        var (x, timestep, text) = Case(rows: 1);
        var gradient = new ClipGradient(encoder).Gradient(x, timestep, text, scale: 1);
        var direction = gradient / gradient.norm();
        double Score(Tensor images) =>
            100 * ClipScore.Cosines(encoder.call(images, timestep.to(ScalarType.Int64)), text).item<float>();

        const double step = 0.05;
        double slope = (Score(x + direction * step) - Score(x - direction * step)) / (2 * step);
        double length = gradient.norm().item<float>();
        Assert.InRange(slope / length, 0.97, 1.03);
    }

    [Fact]
    public void Rows_do_not_mix()
    {
        using var noGraph = no_grad();
        using var scope = NewDisposeScope();
        using var encoder = Images();
        var (x, timestep, text) = Case(rows: 2);
        var guide = new ClipGradient(encoder);
        var together = guide.Gradient(x, timestep, text, scale: 1).narrow(0, 1, 1);
        var alone = guide.Gradient(x.narrow(0, 1, 1), timestep.narrow(0, 1, 1), text.narrow(0, 1, 1), scale: 1);
        Assert.InRange(Closeness.InDeviations(alone, together), 0, 1e-4);
    }

    [Fact]
    public void Guided_steps_leave_no_tensors_behind()
    {
        using var noGraph = no_grad();
        using var encoder = Images();
        var guide = new ClipGradient(encoder);
        TensorLeak.None(() =>
        {
            using var scope = NewDisposeScope();
            var (x, timestep, text) = Case(rows: 2);
            guide.Gradient(x, timestep, text, scale: 1);
        });
    }

    [Fact]
    public void Encoders_free_all_that_they_made() => TensorLeak.None(() =>
    {
        using var scope = NewDisposeScope();
        new ClipImageEncoder(Networks.MiniClipImage, CPU).Dispose();
        new ClipTextEncoder(Networks.MiniClipText, CPU).Dispose();
    });

    [Fact]
    public void Padding_does_not_matter_to_a_prompt()
    {
        using var noGraph = no_grad();
        using var scope = NewDisposeScope();
        using var encoder = Texts();
        long[] ids = [50257, 12, 13, 14, .. new long[20]], noisy = [50257, 12, 13, 14, .. Enumerable.Repeat(99L, 20)];
        var length = tensor(new long[] { 4 });
        var zeros = encoder.call(tensor(ids, [1, 24]), length);
        var others = encoder.call(tensor(noisy, [1, 24]), length);
        Assert.InRange(Closeness.InDeviations(zeros, others), 0, 1e-5);
    }

    [Fact]
    public void Cosines_compare_every_image_with_every_prompt()
    {
        using var scope = NewDisposeScope();
        var images = tensor(new[] { 2f, 0f, 0f, 3f, 1f, 1f }, [3, 2]);
        var texts = tensor(new[] { 5f, 0f, 0f, 0.1f }, [2, 2]);
        float[] cosines = ClipScore.Cosines(images, texts).data<float>().ToArray();
        float diagonal = MathF.Sqrt(0.5f);
        Assert.Equal([1f, 0f, 0f, 1f, diagonal, diagonal], cosines, (a, b) => MathF.Abs(a - b) < 1e-6f);
    }

    [Fact]
    public void Initialized_encoders_learn_to_match_images_with_prompts()
    {
        using var scope = NewDisposeScope();
        using var images = new ClipImageEncoder(Networks.MiniClipImage, CPU);
        using var texts = new ClipTextEncoder(Networks.MiniClipText, CPU);
        using var generator = new Generator(7);
        ClipInitialization.Initialize(images, generator);
        ClipInitialization.Initialize(texts, generator);
        Assert.All(images.parameters().Concat(texts.parameters()), parameter => Assert.True(parameter.requires_grad));

        var x = SyntheticWeights.Unit("images", 4, 3, 32, 32);
        var timestep = zeros([4], dtype: ScalarType.Int64);
        long[] ids = [.. Enumerable.Range(0, 4).SelectMany(row => (long[])[50257, 100 + row, 1, .. new long[21]])];
        var tokens = tensor(ids, [4, 24]);
        var lengths = tensor(new long[] { 3, 3, 3, 3 });
        var optimizer = optim.AdamW(images.parameters().Concat(texts.parameters()), lr: 1e-3);

        float first = Step(), last = 0;
        for (int step = 0; step < 15; step++)
            last = Step();

        Assert.InRange(first, 0.5f, 4f);
        Assert.InRange(last, 0f, first / 2);

        // Contrastive: the right prompt shall win each row.
        float Step()
        {
            using var stepScope = NewDisposeScope();
            optimizer.zero_grad();
            var logits = ClipScore.Cosines(images.call(x, timestep), texts.call(tokens, lengths)) * 10;
            var loss = -((logits.softmax(1) * tensor(Identity, [4, 4])).sum([1]).log().mean());
            loss.backward();
            optimizer.step();
            return loss.item<float>();
        }
    }

    private static readonly float[] Identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

    private static ClipImageEncoder Images()
    {
        var encoder = new ClipImageEncoder(Networks.MiniClipImage, CPU);
        SyntheticWeights.Fill(encoder);
        return encoder;
    }

    private static ClipTextEncoder Texts()
    {
        var encoder = new ClipTextEncoder(Networks.MiniClipText, CPU);
        SyntheticWeights.Fill(encoder);
        return encoder;
    }

    private static (Tensor X, Tensor Timestep, Tensor Text) Case(int rows) =>
        (SyntheticWeights.Unit("x", rows, 3, 32, 32),
         arange(0, rows, dtype: ScalarType.Float32) * 300 + 100,
         SyntheticWeights.Unit("text", rows, 64));
}
