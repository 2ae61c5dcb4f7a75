using Glide.Models;
using Glide.Tests.Support;
using Glide.Training;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Glide.Tests.Training;

[Collection(TorchCollection.Name)]
public sealed class FlatWeightsTests
{
    // One rounding of float32 in each of three steps.
    private const double Relative = 1e-6;

    // Half of the last of the eight bits of bfloat16's significand.
    private const double RelativeOfBFloat16 = 1.0 / 256;

    [Fact]
    public void A_factor_on_the_gradients_is_a_step_with_smaller_gradients()
    {
        const float factor = 0.25f;
        using var scope = NewDisposeScope();
        var (weights, whole) = Weights(ScalarType.Float32);
        var (others, small) = Weights(ScalarType.Float32);
        using var optimizer = new AdamW(weights, new AdamWSettings());
        using var other = new AdamW(others, new AdamWSettings());
        for (int step = 0; step < 3; step++)
        {
            foreach (var (parameter, reduced) in whole.Zip(small))
            {
                var gradient = SyntheticWeights.Unit($"{step}", parameter.shape) * (step + 1);
                parameter.grad!.copy_(gradient);
                reduced.grad!.copy_(gradient * factor);
            }
            optimizer.Step(1e-3, factor);
            other.Step(1e-3);
        }
        Assert.InRange(Closeness.Relative(other.Mean, optimizer.Mean), 0, Relative);
        Assert.InRange(Closeness.Relative(other.Square, optimizer.Square), 0, Relative);
        Assert.InRange(Closeness.Relative(others.Values, weights.Values), 0, Relative);
    }

    [Fact]
    public void Parameters_of_16_bits_follow_float32_weights_that_keep_small_steps()
    {
        const double rate = 1e-4;
        using var scope = NewDisposeScope();
        var (weights, parameters) = Weights(ScalarType.BFloat16);
        using var optimizer = new AdamW(weights, new AdamWSettings(Decay: 0));
        var begin = weights.Values.clone();
        foreach (var parameter in parameters)
            parameter.grad!.fill_(1);
        for (int step = 0; step < 4; step++)
            optimizer.Step(rate);
        // AdamW moves by the rate where the gradient stays: too little to show in a bfloat16 near 1.
        Assert.Equal(-4 * rate, (weights.Values - begin).mean().item<float>(), 1e-6);
        foreach (var (slot, parameter) in weights.Slots.Zip(parameters))
        {
            Assert.Equal(ScalarType.BFloat16, parameter.grad!.dtype);
            Assert.InRange(
                Closeness.Relative(slot.Of(weights.Values), parameter.to(ScalarType.Float32)), 0, RelativeOfBFloat16);
            Assert.Equal(parameter.to(ScalarType.Float32).data<float>().ToArray(),
                slot.Of(weights.Values).to(ScalarType.BFloat16).to(ScalarType.Float32).data<float>().ToArray());
        }
        double count = parameters.Sum(parameter => parameter.numel());
        Assert.Equal(Math.Sqrt(count), weights.GradientNorm(), 1e-4);
    }

    // A matrix, which decays, and a bias, which does not.
    private static (FlatWeights Weights, List<Parameter> Parameters) Weights(ScalarType type)
    {
        List<Parameter> parameters =
        [
            new(SyntheticWeights.Unit("matrix", 3, 5).to(type)), new(SyntheticWeights.Unit("bias", 7).to(type)),
        ];
        return (new FlatWeights([("matrix", parameters[0]), ("bias", parameters[1])]), parameters);
    }
}
