using Glide.Models.Layers;
using static TorchSharp.torch;

namespace Glide.Models.UNet;

/// <summary>Two convolutions that the time embedding steers, beside a shortcut.</summary>
/// <remarks>Dhariwal &amp; Nichol 2021, section 3: adaptive group normalisation and resizing in the block.</remarks>
internal sealed class ResBlock : NamedModule<Tensor, Tensor, Tensor>
{
    private readonly Resample _resample;
    private readonly Kernels _kernels;
    private readonly GroupNormalization _inNorm;
    private readonly Convolution _inConvolution;
    private readonly LinearLayer _scaleShift;
    private readonly GroupNormalization _outNorm;
    private readonly Convolution _outConvolution;
    private readonly Convolution? _skip;

    /// <param name="inputs">Channels that come in.</param>
    /// <param name="outputs">Channels that go out.</param>
    /// <param name="embeddingWidth">Width of the time embedding.</param>
    /// <param name="resample">Whether the size changes.</param>
    /// <param name="precision">Which parts are 16 bits wide.</param>
    /// <param name="device">Where the weights lie.</param>
    /// <param name="kernels">Compute it.</param>
    public ResBlock(int inputs, int outputs, int embeddingWidth, Resample resample, Precision precision, Device device, Kernels kernels)
        : base(nameof(ResBlock))
    {
        var torso = precision.Torso(device);
        var full = Precision.Full(device);
        _resample = resample;
        _kernels = kernels;
        _inNorm = this.Register("in_layers.0", new GroupNormalization(inputs, full, kernels));
        _inConvolution = this.Register("in_layers.2", new Convolution(inputs, outputs, kernel: 3, torso, kernels));
        _scaleShift = this.Register("emb_layers.1", new LinearLayer(embeddingWidth, 2 * outputs, full, kernels));
        _outNorm = this.Register("out_layers.0", new GroupNormalization(outputs, full, kernels));
        _outConvolution = this.Register("out_layers.3", new Convolution(outputs, outputs, kernel: 3, torso, kernels));
        if (inputs != outputs)
        {
            _skip = this.Register("skip_connection", new Convolution(inputs, outputs, kernel: 1, torso, kernels));
        }
    }

    /// <param name="x">[N, inputs, H, W].</param>
    /// <param name="emb">SiLU of the time embedding, [N, E] in float32: it is the same for all blocks.</param>
    /// <returns>[N, outputs, H', W'], a new tensor.</returns>
    /// <remarks>
    /// Large intermediate results are freed as soon as they are used up: they set the peak of memory. A picture that is
    /// to be enlarged stays small: the convolution reads each of its pixels four times.
    /// </remarks>
    public override Tensor forward(Tensor x, Tensor emb)
    {
        using var scope = NewDisposeScope();
        bool enlarges = _resample == Resample.Up;
        var activated = _inNorm.Activated(x);                                // [N, inputs, H, W]
        var small = Halved(activated);
        activated.Dispose();
        var hidden = enlarges ? _inConvolution.OfEnlarged(small) : _inConvolution.call(small);   // [N, outputs, H', W']
        small.Dispose();
        var modulated = _outNorm.Modulated(hidden, _scaleShift.call(emb));
        hidden.Dispose();
        var shortcut = Halved(x);                                            // [N, inputs, H', W'], or half of that
        return _outConvolution.AddedTo(_skip is null ? shortcut : _skip.call(shortcut), modulated, enlarges)
            .MoveToOuterDisposeScope();
    }

    private Tensor Halved(Tensor x) => _resample == Resample.Down ? _kernels.Halve(x) : x.alias();
}
