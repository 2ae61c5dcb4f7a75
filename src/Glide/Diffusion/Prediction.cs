using TorchSharp;

namespace Glide.Diffusion;

/// <summary>What a denoiser found in x.</summary>
/// <param name="Eps">Predicted noise, of x's shape.</param>
/// <param name="VarianceFraction">
/// f = (v + 1)/2, of x's shape: how far the step's variance lies from β̃ (0) to β (1) in the logarithm; null means 0.
/// </param>
/// <param name="Gradient">∇ₓ of what guidance wants more of, at this x and scaled; null without such guidance.</param>
/// <param name="GuidedEps">
/// With CFG++ the guided noise, while <paramref name="Eps"/> is the unconditional one; null otherwise.
/// </param>
internal sealed record Prediction(
    torch.Tensor Eps,
    torch.Tensor? VarianceFraction,
    torch.Tensor? Gradient = null,
    torch.Tensor? GuidedEps = null);
