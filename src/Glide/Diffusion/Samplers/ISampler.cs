using TorchSharp;

namespace Glide.Diffusion.Samplers;

/// <summary>Takes pictures from one step's noise to the next. Made for one run: multistep samplers remember predictions.</summary>
internal interface ISampler : IDisposable
{
    /// <summary>The steps that it walks.</summary>
    DiffusionTables Tables { get; }

    /// <summary>What it does to every x₀.</summary>
    X0Rule Rule { get; }

    /// <summary>How often one step asks the denoiser.</summary>
    int PassesOf(int step) => 1;

    /// <summary>Makes one step.</summary>
    /// <param name="denoise">The network with its guidance.</param>
    /// <param name="x">Pictures with the noise of <paramref name="step"/>, [N, C, H, W]; stays the caller's.</param>
    /// <param name="step">Index into the tables; 0 is the cleanest.</param>
    /// <param name="noise">Exactly one draw is taken or skipped.</param>
    /// <returns>Pictures with the noise of the step below, clean behind step 0; a fresh tensor.</returns>
    torch.Tensor Step(Denoiser denoise, torch.Tensor x, int step, NoiseSource noise);

    /// <summary>Drops the remembered rows that are not named, when the batch shrinks in the middle of a run.</summary>
    void Keep(int[] rows)
    {
    }
}
