using Glide.Diffusion;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Inversion;

[Collection(TorchCollection.Name)]
public sealed class SlerpTests
{
    // Float32 has 24 bits; a norm of 3072 numbers keeps five digits at least.
    private const double Tolerance = 1e-5;

    [Theory]
    [InlineData(0, 1, 0)]
    [InlineData(1.0 / 3, 0.8660254037844386, 0.5)]
    [InlineData(0.5, 0.7071067811865476, 0.7071067811865476)]
    [InlineData(1, 0, 1)]
    public void A_quarter_of_a_circle_is_walked_at_one_speed(double amount, double x, double y)
    {
        using var scope = NewDisposeScope();
        float[] found = Values(Slerp.Of(tensor([1f, 0f]), tensor([0f, 1f]), amount));
        Assert.Equal(x, found[0], Tolerance);
        Assert.Equal(y, found[1], Tolerance);
    }

    [Fact]
    public void Both_ends_are_exact()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Noise(1), Noise(2) * 1.3);
        Assert.Equal(Values(a), Values(Slerp.Of(a, b, 0)));
        Assert.Equal(Values(b), Values(Slerp.Of(a, b, 1)));
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void Noise_of_one_length_keeps_it_and_turns_evenly(double amount)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Unit(Noise(1)), Unit(Noise(2)));
        var mixed = Slerp.Of(a, b, amount);
        Assert.Equal(1, mixed.norm().item<float>(), Tolerance);
        Assert.Equal(amount * Angle(a, b), Angle(a, mixed), 100 * Tolerance);
    }

    [Fact]
    public void The_same_noise_stays_what_it_is()
    {
        using var scope = NewDisposeScope();
        var a = Noise(1);
        Assert.InRange(Closeness.InDeviations(a, Slerp.Of(a, a, 0.4)), 0, Tolerance);
    }

    private static Tensor Noise(ulong seed) => randn([1, 3, 32, 32], generator: new Generator(seed));

    private static Tensor Unit(Tensor x) => x / x.norm();

    private static double Angle(Tensor a, Tensor b) => Math.Acos((Unit(a) * Unit(b)).sum().item<float>());

    private static float[] Values(Tensor x) => x.contiguous().data<float>().ToArray();
}
