using Glide.Diffusion;
using static TorchSharp.torch;

namespace Glide.Tests.Diffusion;

/// <summary>Gives the same numbers at every draw and counts the calls. The tensor stays the caller's.</summary>
internal sealed class FixedNoise(Tensor noise) : NoiseSource([], [1], 1, CPU)
{
    public int Draws { get; private set; }

    public int Skips { get; private set; }

    public override Tensor Draw()
    {
        Draws++;
        return noise.alias();
    }

    public override void Skip() => Skips++;
}
