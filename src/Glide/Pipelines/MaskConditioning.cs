using Glide.Diffusion;
using Glide.Diffusion.Guidance;
using Glide.Images;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>
/// What the images that a run starts from change in one stage: the rule on x₀, the first x, the steps, and x after each
/// step.
/// </summary>
internal sealed class MaskConditioning : IDisposable
{
    private readonly StageInputs _rows;
    private readonly StageRecipe _recipe;
    private readonly KnownPixels? _inX0;
    private readonly List<IDisposable> _owned = [];
    private ReplacementInpainting? _inX;
    private Ilvr? _structure;

    /// <summary>Prepares the rules of a stage.</summary>
    /// <param name="rows">What the images are made from.</param>
    /// <param name="recipe">How the stage samples.</param>
    /// <param name="knowsMasks">Whether the network was trained with masks; one that was not is given the known part in
    /// x.</param>
    public MaskConditioning(StageInputs rows, StageRecipe recipe, bool knowsMasks)
    {
        _rows = rows;
        _recipe = recipe;
        if (rows.KnownImage is not null && knowsMasks)
            _owned.Add(_inX0 = new KnownPixels(rows.KnownImage, rows.KnownMask!));
        Rule = X0Transform.Clamp with { Known = _inX0 };
    }

    public X0Transform Rule { get; }

    /// <summary>Steps that are made: fewer than planned where the run starts from an image.</summary>
    public int StepsOf(DiffusionTables tables) => _rows.Start is null && _rows.InvertedNoise is null
        ? tables.Count
        : tables.StepsForStrength(_recipe.Strength ?? 1);

    /// <summary>x before the first step.</summary>
    /// <param name="tables">The sampler's steps.</param>
    /// <param name="noise">The first draw; stays the caller's.</param>
    /// <param name="ownNoise">Makes a source beside the images' own, whose draws stay in their order; disposed
    /// here.</param>
    public Tensor Begin(DiffusionTables tables, Tensor noise, Func<NoiseSource> ownNoise)
    {
        int steps = StepsOf(tables);
        if (_rows.InvertedNoise is not null)
            return InversionInputs.Begin(_rows.InvertedNoise, noise, _rows.NoiseMixWeight!);
        var x = _rows.Start is null || steps == tables.Count && _recipe.Strength is null or 1
            ? noise.alias()
            : steps == 0 ? _rows.Start.alias() : DiffusionMath.AddNoise(_rows.Start, noise,
                tables.AlphasCumprod[steps - 1]);
        if (_rows.KnownImage is not null && _inX0 is null)
        {
            _owned.Add(_inX = new ReplacementInpainting(tables, _rows.KnownImage, _rows.KnownMask!, Own(ownNoise)));
            x = _inX.Replace(x, tables.AlphasCumprod[steps - 1]);
        }
        if (_rows.Start is not null && _recipe.KeepStructure is { } factor)
        {
            int until = (int)Math.Round((_recipe.KeepStructureUntil ?? 0) * tables.Count, MidpointRounding.ToEven);
            _owned.Add(_structure = new Ilvr(tables, _rows.Start, factor, until, Own(ownNoise)));
        }
        return x;
    }

    public Tensor AfterStep(Tensor x, int step)
    {
        if (_structure is not null)
            x = _structure.AfterStep(x, step);
        return _inX is null ? x : _inX.AfterStep(x, step);
    }

    public void Dispose() => _owned.ForEach(owned => owned.Dispose());

    private NoiseSource Own(Func<NoiseSource> ownNoise)
    {
        var noise = ownNoise();
        _owned.Add(noise);
        return noise;
    }
}

/// <summary>The images that requests start from, as tensors of the size that a network wants.</summary>
internal static class InitImageInputs
{
    /// <summary>Adds to the rows what the requests bring along; the tensors are the caller's scope's.</summary>
    /// <param name="rows">Prompts and all else.</param>
    /// <param name="requests">The same images.</param>
    /// <param name="size">Side of the network's images.</param>
    /// <param name="maskSize">Side at which masks are made: that of the first stage, whose pixels the second one
    /// enlarges.</param>
    /// <param name="device">Where the network is.</param>
    public static StageInputs AddKnown(StageInputs rows, IReadOnlyList<ImageRequest> requests, int size, int maskSize,
        Device device)
    {
        if (requests.All(request => request.Known is null))
            return rows;
        using var scope = NewDisposeScope();
        var images = requests.Select(request =>
            ImageTensors.ToTensor(Resizing.Bicubic(request.Known!.Image, size, size))).ToArray();
        var masks = requests.Select(request => ToTensor(request.Known!.Mask.Scaled(maskSize, maskSize)
            .Scaled(size, size))).ToArray();
        return rows with
        {
            KnownImage = cat(images, dim: 0).to(device).MoveToOuterDisposeScope(),                   // [N, 3, S, S]
            KnownMask = cat(masks, dim: 0).to(device).MoveToOuterDisposeScope(),                     // [N, 1, S, S]
        };
    }

    /// <summary>Adds the images that a stage starts from; each request has one.</summary>
    /// <param name="rows">Prompts and all else.</param>
    /// <param name="requests">The same images.</param>
    /// <param name="size">Size of the stage's images.</param>
    /// <param name="device">Where the network is.</param>
    public static StageInputs AddStart(
        StageInputs rows, IReadOnlyList<ImageRequest> requests, ImageSize size, Device device)
    {
        using var scope = NewDisposeScope();
        var images = requests.Select(request =>
            ImageTensors.ToTensor(Resizing.Bicubic(request.Start!, size.Width, size.Height))).ToArray();
        return rows with { Start = cat(images, dim: 0).to(device).MoveToOuterDisposeScope() };      // [N, 3, H, W]
    }

    /// <summary>Adds images, all of one size, that are enlarged to a canvas of their own size.</summary>
    /// <param name="rows">Prompts and all else.</param>
    /// <param name="requests">The same images.</param>
    /// <param name="windowsAtOnce">How many windows of one image go through the network together.</param>
    /// <param name="device">Where the network is.</param>
    public static StageInputs AddEnlarged(StageInputs rows, IReadOnlyList<ImageRequest> requests, int windowsAtOnce,
        Device device)
    {
        using var scope = NewDisposeScope();
        var lowRes = cat(requests.Select(request => ImageTensors.ToTensor(request.Start!)).ToArray(), dim: 0).to(
            device);
        return rows with
        {
            LowRes = lowRes.MoveToOuterDisposeScope(),                                               // [N, 3, h, w]
            Canvas = [3, StageInputs.UpsampleFactor * lowRes.shape[2], StageInputs.UpsampleFactor * lowRes.shape[3]],
            WindowsAtOnce = windowsAtOnce,
        };
    }

    private static Tensor ToTensor(KnownMask mask) => tensor(mask.ToValues(), [1, 1, mask.Height, mask.Width]);
}
