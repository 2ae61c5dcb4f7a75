using Glide.Diffusion;
using Glide.Diffusion.Guidance;
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

    /// <summary>The rule on x₀.</summary>
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

    /// <summary>x after a step.</summary>
    public Tensor AfterStep(Tensor x, int step)
    {
        if (_structure is not null)
            x = _structure.AfterStep(x, step);
        return _inX is null ? x : _inX.AfterStep(x, step);
    }

    /// <inheritdoc/>
    public void Dispose() => _owned.ForEach(owned => owned.Dispose());

    private NoiseSource Own(Func<NoiseSource> ownNoise)
    {
        var noise = ownNoise();
        _owned.Add(noise);
        return noise;
    }
}
