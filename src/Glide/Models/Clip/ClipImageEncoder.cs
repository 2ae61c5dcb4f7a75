using Glide.Devices;
using Glide.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.NoisedClip;

/// <summary>Noisy pictures to embeddings: a vision transformer whose first token says how noisy they are.</summary>
/// <remarks>Nichol et al. 2021, section 3.2.</remarks>
internal sealed class ClipImageEncoder : NamedModule<Tensor, Tensor, Tensor>
{
    // CLIP's means and standard deviations of the three colours, on the scale from 0 to 255.
    private static readonly double[] Means = [122.77093945, 116.74601272, 104.09373519];
    private static readonly double[] Deviations = [68.50053285, 66.63215831, 70.32316309];
    private const double HalfRange = 127.5;

    private readonly Parameter _timesteps;
    private readonly Parameter _patches;
    private readonly Parameter _positions;
    private readonly ClipNormalization _inNorm;
    private readonly List<ClipBlock> _blocks = [];     // registered one by one
    private readonly ClipNormalization _outNorm;
    private readonly ClipLinear _out;
    private readonly Tensor _scales;
    private readonly Tensor _shifts;

    /// <exception cref="ArgumentException">The configuration has faults.</exception>
    public ClipImageEncoder(ClipImageConfig config, Device device)
        : base(nameof(ClipImageEncoder))
    {
        if (config.Faults() is { Count: > 0 } faults)
        {
            throw new ArgumentException($"No encoder can be built like this: {string.Join("; ", faults)}.", nameof(config));
        }

        var place = Precision.Full(device);
        int width = config.Width;
        Config = config;
        Device = device;
        var input = this.Register("blocks.input", new ClipInput());
        _timesteps = input.Register("w_t", place.Weight(config.Timesteps, width));
        _patches = input.Register("patch_proj", place.Weight(width, Means.Length, config.PatchSize, config.PatchSize));
        _positions = input.Register("w_pos", place.Weight(config.Patches + 1, width));
        _inNorm = input.Register("ln", new ClipNormalization(width, place));
        for (int block = 0; block < config.Layers; block++)
        {
            _blocks.Add(this.Register($"blocks.block_{block}", new ClipBlock(width, config.Heads, place)));
        }

        _outNorm = this.Register("blocks.output.ln", new ClipNormalization(width, place));
        _out = this.Register("blocks.output.f", new ClipLinear(width, config.EmbeddingWidth, place, hasBias: false));

        // ((x + 1)·127.5 − mean) / deviation as one product and one sum.
        _scales = this.RegisterConstant("scales", PerChannel(Deviations.Select(deviation => HalfRange / deviation), device));
        _shifts = this.RegisterConstant("shifts", PerChannel(Means.Zip(Deviations, (mean, deviation) => (HalfRange - mean) / deviation), device));
    }

    /// <summary>What the encoder was built from.</summary>
    public ClipImageConfig Config { get; }

    /// <summary>Where the weights lie, and where inputs must.</summary>
    public Device Device { get; }

    /// <param name="x">Noisy pictures, clean ones in [−1, 1], [N, 3, S, S] in float32.</param>
    /// <param name="timestep">How noisy each one is, in the numbering of the trained steps, [N] int64.</param>
    /// <returns>[N, E], not normalised.</returns>
    public override Tensor forward(Tensor x, Tensor timestep)
    {
        using var scope = NewDisposeScope();
        var patches = functional.conv2d((x * _scales).Plus(_shifts), _patches, strides: [Config.PatchSize, Config.PatchSize]);   // [N, D, S/P, S/P]
        var tokens = patches.reshape(x.shape[0], Config.Width, -1).transpose(1, 2);                                      // [N, P, D]
        var first = EmbeddingTable.Look(_timesteps, timestep.unsqueeze(1));                   // [N, 1, D]
        var hidden = _inNorm.call(cat([first, tokens], dim: 1).Plus(_positions));                 // [N, 1+P, D]
        foreach (var block in _blocks)
        {
            hidden = block.call(hidden);
        }

        return _out.call(_outNorm.call(hidden.select(1, 0))).MoveToOuterDisposeScope();       // [N, E]
    }

    private static Tensor PerChannel(IEnumerable<double> values, Device device) =>
        tensor(values.Select(value => (float)value).ToArray(), [1, Means.Length, 1, 1], device: device);
}
