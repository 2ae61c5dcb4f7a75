using Glide.Models.Layers;
using Glide.Models.Ops;
using static TorchSharp.torch;

namespace Glide.Models.UNet;

/// <summary>One numbered block of the U-Net: a residual block, optional attention and optional resampling.</summary>
internal sealed class UNetBlock : NamedModule<Tensor, BlockConditioning, Tensor>
{
    private readonly ResBlock _first;
    private readonly AttentionBlock? _attention;
    private readonly ResBlock? _last;

    /// <param name="first">Residual block that runs first.</param>
    /// <param name="attention">Runs second; <c>null</c> if there is none.</param>
    /// <param name="attentionIndex">Index of <paramref name="attention"/> among the attention blocks of the
    /// network.</param>
    /// <param name="last">Runs last; <c>null</c> if there is none.</param>
    public UNetBlock(ResBlock first, AttentionBlock? attention = null, int attentionIndex = -1, ResBlock? last = null)
        : base(nameof(UNetBlock))
    {
        int position = 0;
        _first = this.Register($"{position++}", first);
        if (attention is not null)
        {
            _attention = this.Register($"{position++}", attention);
            AttentionIndex = attentionIndex;
        }

        if (last is not null)
            _last = this.Register($"{position}", last);
    }

    /// <summary>Index of the attention among that of the network; −1 if the block has none.</summary>
    public int AttentionIndex { get; } = -1;

    /// <param name="x">[N, C, H, W].</param>
    /// <param name="conditioning">Timesteps, prompts and tiles; the same for all blocks.</param>
    /// <returns>[N, C', H', W'], a new tensor.</returns>
    public override Tensor forward(Tensor x, BlockConditioning conditioning)
    {
        using var scope = NewDisposeScope();
        var hidden = _first.call(x, conditioning);
        if (_attention is not null)
            hidden = _attention.call(hidden, conditioning.KeysAndValues[AttentionIndex], conditioning.Tiles);

        if (_last is not null)
            hidden = _last.call(hidden, conditioning);

        return hidden.MoveToOuterDisposeScope();
    }
}

/// <summary>The input that all blocks of one pass share. It owns no tensor.</summary>
/// <param name="Emb">SiLU of the time embedding, [N, E] in float32.</param>
/// <param name="KeysAndValues">Of the prompts, for each attention block, [N, 2·C, L].</param>
/// <param name="Tiles">Statistics that the rows share if they are tiles; <c>null</c> if each row is an image.</param>
/// <param name="Wrap">Directions in which the images repeat.</param>
/// <param name="Training">What differs in training; <c>null</c> in inference.</param>
internal sealed record BlockConditioning(
    Tensor Emb, IReadOnlyList<Tensor> KeysAndValues, TiledGroupNormStats? Tiles, Wrap Wrap, TrainingPass? Training)
{
    /// <summary>Runs a block; in training with recomputation, only its input is kept for the backward pass.</summary>
    public Tensor Through(UNetBlock block, Tensor x)
    {
        if (Training is not { Recomputes: true })
            return block.call(x, this);
        int attention = block.AttentionIndex;
        return Recomputation.Run(
            inputs => block.call(inputs[0], attention < 0
                ? this with { Emb = inputs[1] }
                : this with { Emb = inputs[1], KeysAndValues = Replaced(attention, inputs[2]) }),
            attention < 0 ? [x, Emb] : [x, Emb, KeysAndValues[attention]]);
    }

    private Tensor[] Replaced(int index, Tensor tensor)
    {
        Tensor[] all = [.. KeysAndValues];
        all[index] = tensor;
        return all;
    }
}

/// <summary>What the blocks of a network have in common.</summary>
/// <param name="Precision">Which parts are 16 bits wide.</param>
/// <param name="Device">Device of the weights.</param>
/// <param name="Ops">Computes the blocks.</param>
internal sealed record BlockOptions(Precision Precision, Device Device, UNetOps Ops);

/// <summary>Residual block: two convolutions, conditioned on the time embedding.</summary>
/// <remarks>Dhariwal &amp; Nichol 2021, section 3: adaptive group normalization and resampling in the block.</remarks>
internal sealed class ResBlock : NamedModule<Tensor, BlockConditioning, Tensor>
{
    private readonly Resample _resample;
    private readonly UNetOps _ops;
    private readonly GroupNormalization _inNorm;
    private readonly Convolution _inConvolution;
    private readonly LinearLayer _scaleShift;
    private readonly GroupNormalization _outNorm;
    private readonly Convolution _outConvolution;
    private readonly Convolution? _skip;

    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="embeddingWidth">Width of the time embedding.</param>
    /// <param name="resample">How the block changes height and width.</param>
    /// <param name="options">Precision, device and operations of the network.</param>
    public ResBlock(int inputs, int outputs, int embeddingWidth, Resample resample, BlockOptions options)
        : base(nameof(ResBlock))
    {
        var ops = options.Ops;
        var torso = options.Precision.Torso(options.Device);
        var full = Precision.Full(options.Device);
        _resample = resample;
        _ops = ops;
        _inNorm = this.Register("in_layers.0", new GroupNormalization(inputs, full, ops));
        _inConvolution = this.Register("in_layers.2", new Convolution(inputs, outputs, kernel: 3, torso, ops));
        _scaleShift = this.Register("emb_layers.1", new LinearLayer(embeddingWidth, 2 * outputs, full, ops));
        _outNorm = this.Register("out_layers.0", new GroupNormalization(outputs, full, ops));
        _outConvolution = this.Register("out_layers.3", new Convolution(outputs, outputs, kernel: 3, torso, ops));
        if (inputs != outputs)
            _skip = this.Register("skip_connection", new Convolution(inputs, outputs, kernel: 1, torso, ops));
    }

    /// <param name="x">[N, inputs, H, W].</param>
    /// <param name="conditioning">Timesteps and tiles; the same for all blocks.</param>
    /// <returns>[N, outputs, H', W'], a new tensor.</returns>
    /// <remarks>
    /// Large intermediate results are freed after their last use: they determine peak memory. An image that is
    /// enlarged stays small in memory: the convolution reads each of its pixels four times.
    /// </remarks>
    public override Tensor forward(Tensor x, BlockConditioning conditioning)
    {
        using var scope = NewDisposeScope();
        bool enlarges = _resample == Resample.Up;
        var activated = _inNorm.NormSilu(x, conditioning.Tiles);                                // [N, inputs, H, W]
        var small = Halved(activated);
        activated.Dispose();
        // [N, outputs, H', W']
        var hidden = enlarges
            ? _inConvolution.UpsampleConv(small, conditioning.Wrap)
            : _inConvolution.call(small, conditioning.Wrap);
        small.Dispose();
        var modulated = _outNorm.NormScaleShiftSilu(hidden, _scaleShift.call(conditioning.Emb), conditioning.Tiles);
        hidden.Dispose();
        if (conditioning.Training is { } training)
            modulated = training.Drop(this, modulated);
        var shortcut = Halved(x);                                            // [N, inputs, H', W'], or half of that
        var added = _skip is null ? shortcut : _skip.call(shortcut, Wrap.None);
        return _outConvolution.AddedTo(added, modulated, enlarges, conditioning.Wrap).MoveToOuterDisposeScope();
    }

    private Tensor Halved(Tensor x) => _resample == Resample.Down ? _ops.Halve(x) : x.alias();
}

/// <summary>How a residual block changes height and width.</summary>
internal enum Resample
{
    None,

    /// <summary>Halves both: the mean of 2×2 pixels.</summary>
    Down,

    /// <summary>Doubles both: nearest neighbor.</summary>
    Up,
}

/// <summary>Cross- and self-attention with a residual.</summary>
internal sealed class AttentionBlock : NamedModule<Tensor, Tensor, TiledGroupNormStats?, Tensor>
{
    private readonly int _heads;
    private readonly UNetOps _ops;
    private readonly GroupNormalization _norm;
    private readonly PointwiseConvolution _pixels;
    private readonly PointwiseConvolution _text;
    private readonly PointwiseConvolution _out;

    /// <param name="channels">Channels in and out.</param>
    /// <param name="heads">Attention heads.</param>
    /// <param name="textWidth">Width of the text transformer.</param>
    /// <param name="options">Precision, device and operations of the network.</param>
    public AttentionBlock(int channels, int heads, int textWidth, BlockOptions options)
        : base(nameof(AttentionBlock))
    {
        var ops = options.Ops;
        var torso = options.Precision.Torso(options.Device);
        _heads = heads;
        _ops = ops;
        _norm = this.Register("norm", new GroupNormalization(channels, Precision.Full(options.Device), ops));
        _pixels = this.Register("qkv", new PointwiseConvolution(channels, 3 * channels, torso, ops));
        _text = this.Register("encoder_kv", new PointwiseConvolution(textWidth, 2 * channels, torso, UNetOps.Plain));
        _out = this.Register("proj_out", new PointwiseConvolution(channels, channels, torso, ops));
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
    /// <param name="text">The result of <see cref="KeysAndValues"/>, [N, 2·C, L].</param>
    /// <param name="tiles">Statistics that the rows share if they are tiles; <c>null</c> if each row is an
    /// image.</param>
    /// <returns>[N, C, H, W], a new tensor.</returns>
    public override Tensor forward(Tensor x, Tensor text, TiledGroupNormStats? tiles)
    {
        using var scope = NewDisposeScope();
        var mixed = _ops.Attend(_pixels.call(_norm.call(x, tiles)), text, _heads);                // [N, C, H, W]
        return _out.AddedTo(x, mixed).MoveToOuterDisposeScope();
    }
}
