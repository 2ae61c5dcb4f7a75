using TorchSharp;

namespace Glide.Diffusion;

/// <summary>Replaces x after a step.</summary>
/// <param name="x">What the step gave; its noise is that of <see cref="DiffusionTables.AlphasCumprodPrev"/>[step].</param>
/// <param name="step">The step just made; after step 0 x is clean.</param>
/// <returns>A fresh tensor of x's shape.</returns>
internal delegate torch.Tensor StepHook(torch.Tensor x, int step);
