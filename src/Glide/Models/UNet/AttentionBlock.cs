using Glide.Models.Layers;
using static TorchSharp.torch;

namespace Glide.Models.UNet;

/// <summary>Pixels look at the prompt and at each other, beside a shortcut.</summary>
internal sealed class AttentionBlock : NamedModule<Tensor, Tensor, Tensor>
{
    private readonly int _heads;
    private readonly Kernels _kernels;
    private readonly GroupNormalization _norm;
    private readonly PointwiseConvolution _pixels;
    private readonly PointwiseConvolution _text;
    private readonly PointwiseConvolution _out;

    /// <param name="channels">Channels in and out.</param>
    /// <param name="heads">Heads that share them.</param>
    /// <param name="textWidth">Width of the text transformer.</param>
    /// <param name="precision">Which parts are 16 bits wide.</param>
    /// <param name="device">Where the weights lie.</param>
    /// <param name="kernels">Compute it.</param>
    public AttentionBlock(int channels, int heads, int textWidth, Precision precision, Device device, Kernels kernels)
        : base(nameof(AttentionBlock))
    {
        var torso = precision.Torso(device);
        _heads = heads;
        _kernels = kernels;
        _norm = this.Register("norm", new GroupNormalization(channels, Precision.Full(device), kernels));
        _pixels = this.Register("qkv", new PointwiseConvolution(channels, 3 * channels, torso, kernels));
        _text = this.Register("encoder_kv", new PointwiseConvolution(textWidth, 2 * channels, torso, Kernels.Plain));
        _out = this.Register("proj_out", new PointwiseConvolution(channels, channels, torso, kernels));
    }

    /// <summary>This block's keys and values of a prompt; they are the same at every timestep.</summary>
    /// <param name="text">The text transformer's output, [N, D, L].</param>
    /// <returns>[N, 2·C, L].</returns>
    public Tensor KeysAndValues(Tensor text)
    {
        using var scope = NewDisposeScope();
        return _text.call(text.unsqueeze(2)).squeeze(2).MoveToOuterDisposeScope();
    }

    /// <param name="x">[N, C, H, W].</param>
    /// <param name="text">What <see cref="KeysAndValues"/> gave, [N, 2·C, L].</param>
    /// <returns>[N, C, H, W], a new tensor.</returns>
    public override Tensor forward(Tensor x, Tensor text)
    {
        using var scope = NewDisposeScope();
        var mixed = _kernels.Attend(_pixels.call(_norm.call(x)), text, _heads);                // [N, C, H, W]
        return _out.AddedTo(x, mixed).MoveToOuterDisposeScope();
    }
}
