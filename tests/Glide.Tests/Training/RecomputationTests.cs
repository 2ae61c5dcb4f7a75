using Glide.Models;
using Glide.Models.Ops;
using Glide.Models.UNet;
using Glide.Tests.Models;
using Glide.Tests.Support;
using Glide.Training;
using static TorchSharp.torch;

namespace Glide.Tests.Training;

[Collection(TorchCollection.Name)]
public sealed class RecomputationTests
{
    // The same operations in the same order, so that only libtorch's threads could differ.
    private const double Relative = 1e-6;

    [Theory, InlineData(0), InlineData(0.3)]
    public void Gradients_do_not_depend_on_it(double dropout)
    {
        using var scope = NewDisposeScope();
        var kept = Gradients(dropout, recomputes: false);
        var recomputed = Gradients(dropout, recomputes: true);
        Assert.True(kept.norm().item<float>() > 0);
        Assert.InRange(Closeness.Relative(kept, recomputed), 0, Relative);
    }

    private static Tensor Gradients(double dropout, bool recomputes)
    {
        using var scope = NewDisposeScope();
        var config = Networks.MiniBase;
        using var network = new UNetModel(config, Precision.Float32, CPU, ReferenceOps.Instance);
        SyntheticWeights.Fill(network);
        using var weights = new FlatWeights([.. network.named_parameters()]);
        using var random = new StepRandom(seed: 1, batch: 2, CPU);
        using var pass = new TrainingPass(dropout, random.Uniform) { Recomputes = recomputes };
        var x = SyntheticWeights.Unit("x", 2, 3, 32, 32);
        var ids = zeros(2, config.TextContext, dtype: ScalarType.Int64);
        using var text = network.EncodeTogether(ids, ones(2, config.TextContext, dtype: ScalarType.Bool));
        using var output = network.call(
            new UNetInput(x) { Training = pass }, tensor([3f, 700f]), text);
        output.square().mean().backward();
        return cat([.. weights.Pieces().Select(piece => piece.Gradient)]).MoveToOuterDisposeScope();
    }
}
