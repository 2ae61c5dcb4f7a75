using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Compat.Tests.Torch;

/// <summary>AdamW and the schedules against hand-computed steps and the numbers of PyTorch 1.13's torch.optim.</summary>
[Collection(TorchCollection.Name)]
public class OptimizerTests
{
    /// <summary>Float32 parameters up to three after four steps.</summary>
    private const double Tolerance = 2e-6;

    /// <summary>
    /// Two groups from PyTorch 1.13: lr 0.1, betas (0.8, 0.95), eps 1e-6, weight decay 0.05; the second group has lr 0.02
    /// and no decay. Loss: Σ(p·c)² + Σq³ + p₀q₀, c = (1, 2, -1, 0.5), halved in the third step.
    /// </summary>
    public static TheoryData<bool, bool, double[], double[]> Runs => new()
    {
        {
            false, false,
            [0.6089395880699158, -1.5903255939483643, 0.13454413414001465, 2.569455623626709],
            [0.17125725746154785, -0.8303210139274597]
        },
        {
            true, false,
            [0.609306275844574, -1.5912861824035645, 0.1359027773141861, 2.570356845855713],
            [0.17125630378723145, -0.8303210139274597]
        },
        {
            false, true,
            [1.361582636833191, -2.3351850509643555, 0.8685109615325928, 3.314697027206421],
            [0.33049508929252625, -0.6704692840576172]
        },
    };

    [Theory, MemberData(nameof(Runs))]
    public void Four_steps_are_PyTorchs(bool amsgrad, bool maximize, double[] first, double[] second)
    {
        var p = new Parameter(tensor(new[] { 1f, -2f, 0.5f, 3f }));
        var q = new Parameter(tensor(new[] { 0.25f, -0.75f }, [1, 2]));
        using var optimizer = optim.AdamW(
            [
                new AdamW.ParamGroup { Parameters = [p] },
                new AdamW.ParamGroup { Parameters = [q], Options = new() { LearningRate = 0.02, weight_decay = 0 } },
            ],
            lr: 0.1, beta1: 0.8, beta2: 0.95, eps: 1e-6, weight_decay: 0.05, amsgrad: amsgrad, maximize: maximize);
        for (int step = 0; step < 4; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var factors = tensor(new[] { 1f, 2f, -1f, 0.5f }) * (step == 2 ? 0.5 : 1.0);
            var loss = (p * factors).pow(2).sum() + q.pow(3).sum() + p[0] * q[0, 0];
            loss.backward();
            optimizer.step();
        }
        AssertClose(first, p);
        AssertClose(second, q);
        p.Dispose();
        q.Dispose();
    }

    [Fact]
    public void The_first_two_steps_follow_the_paper()
    {
        using var p = new Parameter(tensor(new[] { 1.0 }));
        using var optimizer = optim.AdamW([p], lr: 0.1, beta1: 0.9, beta2: 0.99, eps: 0.5, weight_decay: 0.2);
        p.grad = tensor(new[] { 2.0 });
        optimizer.step();
        // m = 0.2, v = 0.04, both corrected: 2 and 4.
        double expected = 1 * (1 - 0.1 * 0.2) - 0.1 * 2 / (2 + 0.5);
        Assert.Equal(expected, p.item<double>(), 1e-12);
        p.grad = tensor(new[] { -1.0 });
        optimizer.step();
        double mean = (0.9 * 0.2 - 0.1) / (1 - 0.81);
        double square = (0.99 * 0.04 + 0.01) / (1 - 0.9801);
        expected = expected * (1 - 0.1 * 0.2) - 0.1 * mean / (Math.Sqrt(square) + 0.5);
        Assert.Equal(expected, p.item<double>(), 1e-12);
    }

    [Fact]
    public void Parameters_without_a_gradient_stay_and_decay_needs_one()
    {
        using var p = new Parameter(ones(2));
        using var optimizer = optim.AdamW([p], lr: 0.1, weight_decay: 0.5);
        optimizer.step();
        Assert.Equal([1, 1], p.data<float>().ToArray());
    }

    [Fact]
    public void Zeroing_keeps_the_gradient_and_a_closure_gives_the_loss()
    {
        using var scope = NewDisposeScope();
        var p = new Parameter(ones(2));
        using var optimizer = optim.AdamW([("p", p)], lr: 0.1);
        using var loss = optimizer.step(() =>
        {
            optimizer.zero_grad();
            var value = (p * p).sum();
            value.backward();
            return value;
        });
        Assert.Equal(2, loss.item<float>());
        AssertClose([0.9, 0.9], p);
        optimizer.zero_grad();
        Assert.Equal([0, 0], p.grad!.data<float>().ToArray());
    }

    [Fact]
    public void Moments_outlive_scopes_and_die_with_the_optimizer()
    {
        using var p = new Parameter(ones(2));
        long before = Tensor.TotalCount;
        var optimizer = optim.AdamW([p], lr: 0.1);
        for (int step = 0; step < 3; step++)
        {
            using var scope = NewDisposeScope();
            p.grad = ones(2);
            optimizer.step();
        }
        Assert.Equal(before + 2, Tensor.TotalCount);
        optimizer.Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Cosine_annealing_is_PyTorchs()
    {
        using var optimizer = TwoRates();
        var schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, 5, eta_min: 0.001);
        double[][] expected =
        [
            [0.1, 0.01], [0.0905463412215599, 0.009140576474687266], [0.06579634122155989, 0.006890576474687264],
            [0.035203658778440096, 0.004109423525312737], [0.010453658778440105, 0.0018594235253127371], [0.001, 0.001],
            [0.010453658778440102, 0.0018594235253127367], [0.03520365877844012, 0.004109423525312739],
            [0.06579634122155993, 0.006890576474687268], [0.09054634122155995, 0.00914057647468727],
            [0.10000000000000005, 0.010000000000000005], [0.09054634122155998, 0.00914057647468727],
        ];
        AssertRates(expected, optimizer, schedule);
    }

    [Fact]
    public void A_lambda_scales_the_first_rates()
    {
        using var optimizer = TwoRates();
        var schedule = optim.lr_scheduler.LambdaLR(optimizer, epoch => Math.Min(1, (epoch + 1) / 3.0));
        AssertRates([[0.1 / 3, 0.01 / 3], [0.2 / 3, 0.02 / 3], [0.1, 0.01], [0.1, 0.01]], optimizer, schedule);
    }

    [Fact]
    public void Settings_out_of_range_are_refused()
    {
        var none = Array.Empty<Parameter>();
        Assert.Throws<ArgumentException>(() => optim.AdamW(none, lr: -1));
        Assert.Throws<ArgumentException>(() => optim.AdamW(none, beta1: 1));
        Assert.Throws<ArgumentException>(() => optim.AdamW(none, beta2: -0.1));
        Assert.Throws<ArgumentException>(() => optim.AdamW(none, eps: -1));
        Assert.Throws<ArgumentException>(() => optim.AdamW(none, weight_decay: -1));
    }

    private static AdamW TwoRates() => optim.AdamW(
    [
        new AdamW.ParamGroup([new Parameter(zeros(1))], lr: 0.1),
        new AdamW.ParamGroup([new Parameter(zeros(1))], lr: 0.01),
    ]);

    private static void AssertRates(double[][] expected, AdamW optimizer, optim.lr_scheduler.LRScheduler schedule)
    {
        foreach (double[] rates in expected)
        {
            var actual = optimizer.ParamGroups.Select(group => group.LearningRate).ToArray();
            Assert.Equal(rates[0], actual[0], 1e-14);
            Assert.Equal(rates[1], actual[1], 1e-14);
            Assert.Equal(actual, schedule.get_last_lr());
            schedule.step();
        }
    }

    private static void AssertClose(double[] expected, Tensor actual)
    {
        var values = actual.detach().flatten().data<float>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        foreach (var (wanted, value) in expected.Zip(values)) Assert.Equal(wanted, value, Tolerance);
    }
}
