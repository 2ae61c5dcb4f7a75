using System.Text.Json.Serialization;
using Glide.Models.Layers;
using Glide.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Clip;

/// <summary>Embeds noisy images: a vision transformer whose first token is the timestep.</summary>
/// <remarks>Nichol et al. 2021, section 3.2.</remarks>
internal sealed class ClipImageEncoder : NamedModule<Tensor, Tensor, Tensor>
{
    // CLIP's means and standard deviations of the three color channels, from 0 to 255.
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
            throw new ArgumentException($"No encoder can be built like this: {string.Join("; ", faults)}.",
                nameof(config));
        }

        var place = Precision.Full(device);
        int width = config.Width;
        Config = config;
        Device = device;
        var input = this.Register("blocks.input", new ClipInput());
        _timesteps = input.Register("w_t", place.Weight(config.DiffusionSteps, width));
        _patches = input.Register("patch_proj", place.Weight(width, Means.Length, config.PatchSize, config.PatchSize));
        _positions = input.Register("w_pos", place.Weight(config.Patches + 1, width));
        _inNorm = input.Register("ln", new ClipNormalization(width, place));
        for (int block = 0; block < config.Layers; block++)
            _blocks.Add(this.Register($"blocks.block_{block}", new ClipBlock(width, config.Heads, place)));

        _outNorm = this.Register("blocks.output.ln", new ClipNormalization(width, place));
        _out = this.Register("blocks.output.f", new ClipLinear(width, config.EmbeddingWidth, place, hasBias: false));

        // ((x + 1)·127.5 − mean) / deviation as one product and one sum.
        _scales = this.RegisterConstant("scales",
            PerChannel(Deviations.Select(deviation => HalfRange / deviation), device));
        _shifts = this.RegisterConstant("shifts",
            PerChannel(Means.Zip(Deviations, (mean, deviation) => (HalfRange - mean) / deviation), device));
    }

    public ClipImageConfig Config { get; }

    /// <summary>Device of the weights; inputs must be on it.</summary>
    public Device Device { get; }

    /// <param name="x">Noisy images, [N, 3, S, S] in float32; clean ones are in [−1, 1].</param>
    /// <param name="timestep">Timestep of each image, in the numbering of the trained steps, [N] int64.</param>
    /// <returns>[N, E], not normalized.</returns>
    public override Tensor forward(Tensor x, Tensor timestep)
    {
        using var scope = NewDisposeScope();
        var patches = functional.conv2d((x * _scales).Plus(_shifts), _patches,
            strides: [Config.PatchSize, Config.PatchSize]);   // [N, D, S/P, S/P]
        var tokens = patches.reshape(x.shape[0], Config.Width, -1).transpose(1, 2);   // [N, P, D]
        var first = EmbeddingTable.Look(_timesteps, timestep.unsqueeze(1));                   // [N, 1, D]
        var hidden = _inNorm.call(cat([first, tokens], dim: 1).Plus(_positions));                 // [N, 1+P, D]
        foreach (var block in _blocks)
            hidden = block.call(hidden);

        return _out.call(_outNorm.call(hidden.select(1, 0))).MoveToOuterDisposeScope();       // [N, E]
    }

    private static Tensor PerChannel(IEnumerable<double> values, Device device) =>
        tensor(values.Select(value => (float)value).ToArray(), [1, Means.Length, 1, 1], device: device);
}

// Optional fields have setters, because the generated reader sets every init-only property and so loses its default.

/// <summary>Sizes of noised CLIP's image encoder, as <c>model.json</c> gives them.</summary>
internal sealed record ClipImageConfig
{
    /// <summary>Width and height of the images, in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Width and height of a patch, in pixels.</summary>
    public required int PatchSize { get; init; }

    public required int Width { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    /// <summary>Width of the embedding that both encoders share.</summary>
    [JsonPropertyName("embedding")]
    public required int EmbeddingWidth { get; init; }

    /// <summary>Timesteps that the encoder has embeddings for.</summary>
    public int DiffusionSteps { get; set; } = 1000;

    /// <summary>Factor on a cosine before its gradient is taken.</summary>
    public double LogitScale { get; set; } = ClipScore.LogitScale;

    internal int Patches => ImageSize / PatchSize * (ImageSize / PatchSize);

    /// <summary>Every reason why no encoder can be built from this configuration; empty if it is valid.</summary>
    internal IReadOnlyList<string> Faults()
    {
        int[] sizes = [ImageSize, PatchSize, Width, Layers, Heads, EmbeddingWidth, DiffusionSteps];
        if (sizes.Any(size => size is < 1 or > 4096))
            return ["every number must be from 1 to 4096"];

        var faults = new List<string>();
        if (ImageSize % PatchSize != 0)
            faults.Add($"a side of {ImageSize} pixels is no multiple of patches of {PatchSize}");

        if (Width % Heads != 0)
            faults.Add($"a width of {Width} cannot be shared by {Heads} heads");

        return faults;
    }
}
