using TorchSharp;

namespace Glide.Diffusion;

/// <summary>Says what noise is in x. A network is one, and so is guidance around a network.</summary>
/// <param name="x">Noisy pictures, [N, C, H, W].</param>
/// <param name="timestep">The noise's place among the trained steps, whole or between two, [N], of x's number type; on the CPU wherever x is.</param>
/// <returns>Fresh tensors; the caller's dispose scope owns them.</returns>
internal delegate Prediction Denoiser(torch.Tensor x, torch.Tensor timestep);
