using static TorchSharp.torch.nn;

namespace Glide.Models.NoisedClip;

/// <summary>Holds the weights that turn an encoder's input into tokens, under their names.</summary>
internal sealed class ClipInput() : Module(nameof(ClipInput));
