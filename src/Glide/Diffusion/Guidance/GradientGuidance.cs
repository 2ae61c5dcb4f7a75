using TorchSharp;

namespace Glide.Diffusion.Guidance;

/// <summary>Adds the gradient of an objective, such as CLIP's similarity with a prompt.</summary>
/// <remarks>
/// The samplers apply the gradient: DDPM adds variance·∇ to the mean (Dhariwal and Nichol 2021, algorithm 1), all
/// others subtract √(1 − ᾱ)·∇ from ε (algorithm 2). Wraps any denoiser, classifier-free guidance included.
/// </remarks>
internal sealed class GradientGuidance
{
    private readonly Denoiser _inner;
    private readonly Func<torch.Tensor, torch.Tensor, torch.Tensor> _gradient;

    /// <summary>Wraps a denoiser.</summary>
    /// <param name="inner">The denoiser.</param>
    /// <param name="gradient">From x [N, C, H, W] and its timestep [N], on the CPU, to the scaled gradient, of x's
    /// shape.</param>
    public GradientGuidance(Denoiser inner, Func<torch.Tensor, torch.Tensor, torch.Tensor> gradient)
    {
        _inner = inner;
        _gradient = gradient;
    }

    /// <summary>Prediction of the wrapped denoiser with the gradient at the same x.</summary>
    public Prediction Denoise(torch.Tensor x, torch.Tensor timestep) =>
        _inner(x, timestep) with { Gradient = _gradient(x, timestep) };
}
