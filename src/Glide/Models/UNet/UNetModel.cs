using Glide.Models.Layers;
using Glide.Models.Ops;
using Glide.Models.Text;
using Glide.Runtime;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.UNet;

/// <summary>A U-Net with its text transformer: predicts noise and variance from noisy images and prompts.</summary>
/// <remarks>
/// Dhariwal &amp; Nichol 2021 (ADM), Nichol et al. 2021 (GLIDE). Parameters have the names of the published
/// checkpoints, which mix U-Net and text transformer at the root. A new network is not initialized; a checkpoint fills
/// it.
/// </remarks>
internal sealed class UNetModel : NamedModule<UNetInput, Tensor, TextConditioning, Tensor>
{
    private readonly UNetOps _ops;
    private readonly TimestepEmbedding _time;
    private readonly Convolution _stem;
    private readonly List<UNetBlock> _down = [];       // registered one by one, like the lists below
    private readonly ResBlock _middleFirst;
    private readonly AttentionBlock _middleAttention;
    private readonly int _middleAttentionIndex;
    private readonly ResBlock _middleLast;
    private readonly List<UNetBlock> _up = [];
    private readonly List<AttentionBlock> _attention = [];
    private readonly GroupNormalization _outNorm;
    private readonly Convolution _outConvolution;
    private readonly TextTransformer _text;

    /// <summary>Builds the network and allocates its weights.</summary>
    /// <param name="config">Sizes of the network.</param>
    /// <param name="precision">Which parts are 16 bits wide.</param>
    /// <param name="device">Device of the weights.</param>
    /// <param name="ops">Computes the network; <c>null</c> takes the fastest ops available.</param>
    /// <exception cref="ArgumentException">The configuration has faults.</exception>
    public UNetModel(UNetConfig config, Precision precision, Device device, UNetOps? ops = null)
        : base(nameof(UNetModel))
    {
        var faults = config.Faults();
        if (faults.Count > 0)
        {
            throw new ArgumentException($"No network can be built like this: {string.Join("; ", faults)}.",
                nameof(config));
        }

        Config = config;
        Precision = precision;
        Device = device;
        _ops = ops ?? UNetOps.For(config, precision, device);
        var full = Precision.Full(device);
        int width = config.NumChannels * config.ChannelMult[0];
        _time = this.Register("time_embed", new TimestepEmbedding(config.NumChannels, config.EmbeddingWidth, full,
            _ops));
        _stem = this.Register("input_blocks.0.0",
            new Convolution(config.InputChannels, width, kernel: 3, precision.Torso(device), _ops));

        var skipChannels = new Stack<int>([width]);
        int channels = width;
        int levels = config.ChannelMult.Count;
        for (int level = 0; level < levels; level++)
        {
            int outputs = config.NumChannels * config.ChannelMult[level];
            for (int block = 0; block < config.NumResBlocks; block++)
            {
                var (attention, index) = AttentionAt(level, outputs);
                AddDown(new UNetBlock(Residual(channels, outputs), attention, index));
                channels = outputs;
                skipChannels.Push(channels);
            }

            if (level < levels - 1)
            {
                AddDown(new UNetBlock(Residual(channels, channels, Resample.Down)));
                skipChannels.Push(channels);
            }
        }

        _middleFirst = this.Register("middle_block.0", Residual(channels, channels));
        (_middleAttention, _middleAttentionIndex) = NewAttention(channels);
        this.Register("middle_block.1", _middleAttention);
        _middleLast = this.Register("middle_block.2", Residual(channels, channels));

        for (int level = levels - 1; level >= 0; level--)
        {
            int outputs = config.NumChannels * config.ChannelMult[level];
            for (int block = 0; block <= config.NumResBlocks; block++)
            {
                var (attention, index) = AttentionAt(level, outputs);
                bool enlarges = level > 0 && block == config.NumResBlocks;
                var last = enlarges ? Residual(outputs, outputs, Resample.Up) : null;
                AddUp(new UNetBlock(Residual(channels + skipChannels.Pop(), outputs), attention, index, last));
                channels = outputs;
            }
        }

        _outNorm = this.Register("out.0", new GroupNormalization(channels, full, _ops));
        _outConvolution = this.Register("out.2",
            new Convolution(channels, UNetConfig.OutputChannels, kernel: 3, full, _ops));
        _text = this.RegisterPartsOf(new TextTransformer(config, precision, device, _ops));
    }

    public UNetConfig Config { get; }

    /// <summary>Which parts are 16 bits wide.</summary>
    public Precision Precision { get; }

    /// <summary>Device of the weights; inputs must be on it.</summary>
    public Device Device { get; }

    /// <summary>Blocks of the encoder, the first convolution included; the decoder has as many.</summary>
    public int Depth => _up.Count;

    /// <summary>Encodes prompts, once per run.</summary>
    /// <param name="ids">Token ids, [N, L] int64, on any device.</param>
    /// <param name="mask">True for real tokens, false for padding, [N, L] bool, on any device.</param>
    /// <returns>One row per prompt, in no dispose scope; the caller disposes it.</returns>
    public TextConditioning EncodeText(Tensor ids, Tensor mask)
    {
        using var operation = Operations.Text();
        using var scope = NewDisposeScope();
        if (Device.type != DeviceType.CPU)
            return EncodeTogether(ids, mask);
        // MKL's order of summation depends on the number of rows. One at a time, a prompt is encoded the same in every
        // batch.
        var rows = Enumerable.Range(0, (int)ids.shape[0])
            .Select(row => EncodeTogether(ids.narrow(0, row, 1), mask.narrow(0, row, 1)))
            .ToList();
        if (rows.Count == 1)
            return rows[0];
        var encoded = TextConditioning.Concatenate(rows);
        rows.ForEach(row => row.Dispose());
        return encoded;
    }

    /// <summary>Encodes prompts in one pass, so that a prompt's last bits depend on the others.</summary>
    /// <inheritdoc cref="EncodeText"/>
    public TextConditioning EncodeTogether(Tensor ids, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var (projection, text) = _text.call(ids.to(Device), mask.to(Device));
        var narrow = text.to(Precision.TorsoType);
        return new TextConditioning(projection, _attention.Select(block => block.KeysAndValues(narrow)));
    }

    /// <summary>Predicts noise and variance.</summary>
    /// <param name="input">The images, float32, of any size that each level can halve; attention is by level and not
    /// by size.</param>
    /// <param name="timestep">Timestep of each image, in the numbering of the trained steps, possibly fractional,
    /// [N].</param>
    /// <param name="text">One row for each image.</param>
    /// <returns>ε, then the interpolation between the bounds of the variance, in [−1, 1], [N, 6, H, W] in
    /// float32.</returns>
    public override Tensor forward(UNetInput input, Tensor timestep, TextConditioning text) =>
        Run(input, timestep, text, deep: null);

    /// <summary>Predicts noise and variance, reusing or filling <paramref name="deep"/>.</summary>
    /// <inheritdoc cref="forward(UNetInput, Tensor, TextConditioning)"/>
    /// <exception cref="ArgumentException"><paramref name="deep"/> makes all blocks outer ones.</exception>
    public Tensor forward(UNetInput input, Tensor timestep, TextConditioning text, DeepCache deep)
    {
        if (deep.OuterBlocks >= Depth)
        {
            throw new ArgumentException(
                $"There are {Depth} blocks in all, so that at most {Depth - 1} can be outer ones.", nameof(deep));
        }

        return Run(input, timestep, text, deep);
    }

    private Tensor Run(UNetInput input, Tensor timestep, TextConditioning text, DeepCache? deep)
    {
        using var scope = NewDisposeScope();
        var emb = functional.silu(_time.call(timestep).Plus(text.Projection), inplace: true);            // [N, E]
        var conditioning = new BlockConditioning(emb, text.KeysAndValues, input.Tiles, input.Wrap, input.Training);
        int outerBlocks = deep?.OuterBlocks ?? 0;
        bool reuses = deep?.Kept is not null;

        var skips = new Stack<Tensor>();
        // [N, C, H, W]
        var hidden = _stem.call(_ops.ToOpsLayout(input.Assemble(Config), Precision.TorsoType), input.Wrap);
        skips.Push(hidden);
        int down = reuses ? outerBlocks - 1 : _down.Count;
        for (int block = 0; block < down; block++)
        {
            hidden = conditioning.Through(_down[block], hidden);
            skips.Push(hidden);
        }

        hidden = reuses ? deep!.Kept!.alias() : Middle(hidden, conditioning);
        for (int block = reuses ? Depth - outerBlocks : 0; block < Depth; block++)
        {
            if (block == Depth - outerBlocks && !reuses)
                deep!.Keep(hidden);

            var joined = Join(hidden, skips.Pop());
            hidden = conditioning.Through(_up[block], joined);
            joined.Dispose();
        }

        var activated = _outNorm.NormSilu(hidden, input.Tiles, ScalarType.Float32);
        return _outConvolution.call(activated, input.Wrap).contiguous().MoveToOuterDisposeScope();   // [N, 6, H, W]
    }

    private Tensor Middle(Tensor x, BlockConditioning conditioning)
    {
        using var scope = NewDisposeScope();
        var hidden = _middleFirst.call(x, conditioning);
        hidden = _middleAttention.call(hidden, conditioning.KeysAndValues[_middleAttentionIndex],
            conditioning.Tiles);
        return _middleLast.call(hidden, conditioning).MoveToOuterDisposeScope();
    }

    // Both are freed after their last use, not at the end of the pass.
    private Tensor Join(Tensor hidden, Tensor skip)
    {
        var joined = _ops.Join(hidden, skip);
        hidden.Dispose();
        skip.Dispose();
        return joined;
    }

    private void AddDown(UNetBlock block)
    {
        _down.Add(block);
        this.Register($"input_blocks.{_down.Count}", block);
    }

    private void AddUp(UNetBlock block)
    {
        this.Register($"output_blocks.{_up.Count}", block);
        _up.Add(block);
    }

    private BlockOptions BlockOptions => new(Precision, Device, _ops);

    private ResBlock Residual(int inputs, int outputs, Resample resample = Resample.None) =>
        new(inputs, outputs, Config.EmbeddingWidth, resample, BlockOptions);

    private (AttentionBlock? Block, int Index) AttentionAt(int level, int channels) =>
        Config.HasAttention(level) ? NewAttention(channels) : (null, -1);

    private (AttentionBlock Block, int Index) NewAttention(int channels)
    {
        var block = new AttentionBlock(channels, channels / Config.ChannelsPerHead, Config.TextWidth, BlockOptions);
        _attention.Add(block);
        return (block, _attention.Count - 1);
    }
}
