using static TorchSharp.torch;

namespace Glide.Models.Text;

/// <summary>What the text transformer says of prompts. The tensors belong to the scope of its caller.</summary>
/// <param name="Projection">The last position, widened to the time embedding, [N, E] in float32.</param>
/// <param name="Output">Every position, [N, D, L] in the type that it computes in.</param>
internal sealed record TextFeatures(Tensor Projection, Tensor Output);
