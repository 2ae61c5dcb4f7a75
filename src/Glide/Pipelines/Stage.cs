using Glide.Diffusion;
using Glide.Diffusion.Guidance;
using Glide.Diffusion.Samplers;
using Glide.Models.Text;
using Glide.Models.UNet;
using Glide.ModelStore;
using Glide.Pipelines.Editing;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>Runs one network by its recipe: a composition of network, guidance, sampler and rules, the same for every task.</summary>
internal sealed class Stage
{
    private readonly UNetModel _network;
    private readonly StageRecipe _recipe;
    private readonly PromptEncoder _prompts;
    private readonly double[] _betas;
    private readonly StepPlan _plan;

    /// <summary>Composes the stage.</summary>
    /// <param name="network">Stays the caller's.</param>
    /// <param name="settings">The process that the network was trained on.</param>
    /// <param name="recipe">How it samples.</param>
    /// <param name="prompts">Turns prompts into what the network knows about them.</param>
    public Stage(UNetModel network, UNetSettings settings, StageRecipe recipe, PromptEncoder prompts)
    {
        _network = network;
        _recipe = recipe;
        _prompts = prompts;
        _betas = BetaSchedule.Parse(settings.NoiseSchedule, settings.DiffusionSteps);
        _plan = StepPlan.Parse(recipe.Steps, settings.DiffusionSteps);
    }

    /// <summary>Steps of the plan; a solver may take fewer.</summary>
    public int Steps => _plan.Count;

    private bool IsGuided => _recipe.GuidanceScale != 1 || _recipe.CfgPlusPlus;

    // With guidance the original doubles its batch and draws for both halves.
    private int DrawsPerPicture => IsGuided ? 2 : 1;

    private long[] PictureShape => [3, _network.Config.ImageSize, _network.Config.ImageSize];

    /// <summary>Starts the generators of some pictures; the caller disposes them.</summary>
    public NoiseSource NewNoise(IReadOnlyList<long> seeds) => new(seeds, PictureShape, DrawsPerPicture, _network.Device);

    /// <summary>Makes pictures.</summary>
    /// <param name="rows">What they are made from.</param>
    /// <param name="noise">The pictures' generators.</param>
    /// <param name="progress">Hears of every step.</param>
    /// <param name="cancellation">Looked at before every step.</param>
    /// <param name="forming">Is given each step, counted from 1, with x₀ as it looks there, [N, 3, S, S]; <c>null</c> saves the work.</param>
    /// <returns>[N, 3, S, S] in [−1, 1], in the caller's scope.</returns>
    public Tensor Run(StageRows rows, NoiseSource noise, IProgress<SamplingProgress>? progress, CancellationToken cancellation, Action<SamplingProgress, Tensor>? forming = null)
    {
        using var scope = NewDisposeScope();
        using var text = _prompts.Encode(_network, rows.Prompts);
        using var both = IsGuided ? Doubled(text, rows.Negatives) : null;
        using var source = new SourceRules(rows, _recipe, _network.Config.Inpaint);
        using var sampler = SamplerFactory.Create(
            SamplerFactory.Parse(_recipe.Sampler), _betas, _plan,
            source.Rule with { Threshold = Threshold.Parse(_recipe.Threshold ?? "static") }, _recipe.ToSamplerSettings());
        using var reuse = _recipe.Reuse is > 1 and { } every ? new FeatureReuse(every) : null;
        noise.PassOver(_recipe.PassedOverNumbers);
        noise.Reshape([.. rows.Canvas ?? PictureShape], DrawsPerPicture);
        var x = source.Begin(sampler.Tables, noise.Draw() * _recipe.Temperature, () => OwnNoise(rows.Seeds));
        int steps = source.StepsOf(sampler.Tables);
        return steps == 0
            ? x.MoveToOuterDisposeScope()
            : SamplingLoop.Run(
                sampler, WithGradient(Compose(rows, text, both, sampler.Tables, steps - 1, reuse), rows), x, steps - 1, noise,
                afterStep: source.AfterStep, preview: forming is null ? null : (step, x0) => forming(new SamplingProgress(steps - step, steps), x0), progress: progress, cancellation: cancellation).MoveToOuterDisposeScope();
    }

    // Seeds that no other picture of a run has, so that the two sources are not the same numbers.
    private NoiseSource OwnNoise(IReadOnlyList<long> seeds) =>
        new([.. seeds.Select(seed => seed ^ (1L << 62))], PictureShape, drawsPerPicture: 1, _network.Device);

    private Denoiser Compose(StageRows rows, TextConditioning text, TextConditioning? both, DiffusionTables tables, int fromStep, FeatureReuse? reuse)
    {
        Denoiser conditional = NetworkDenoiser(text, rows, reuse);
        if (both is null)
            return conditional;
        var twice = rows with { LowRes = Twice(rows.LowRes), KnownImage = Twice(rows.KnownImage), KnownMask = Twice(rows.KnownMask) };
        var settings = new CfgSettings
        {
            Rescale = _recipe.GuidanceRescale,
            Timesteps = _recipe.GuidanceInterval is { } interval ? GuidanceInterval.Parse(interval).Of(tables, fromStep) : null,
            PlusPlus = _recipe.CfgPlusPlus,
        };
        return new ClassifierFreeGuidance(NetworkDenoiser(both, twice, reuse), conditional, _recipe.GuidanceScale, settings).Denoise;
    }

    private static Tensor? Twice(Tensor? rows) => rows is null ? null : cat([rows, rows], dim: 0);

    private static Denoiser WithGradient(Denoiser denoise, StageRows rows) =>
        rows.Gradient is null ? denoise : new GradientGuidance(denoise, rows.Gradient).Denoise;

    // Windows see different parts of a picture one after the other: there is nothing that the next pass could reuse.
    private Denoiser NetworkDenoiser(TextConditioning text, StageRows rows, FeatureReuse? reuse) =>
        rows.Canvas is null || rows.Canvas.SequenceEqual(PictureShape)
            ? WholeDenoiser(text, rows, reuse)
            : new WindowedDenoiser(part => WholeDenoiser(text, rows with { LowRes = part }, reuse: null), rows.LowRes!, _network.Config.ImageSize / Upscaling.Factor).Denoise;

    private Denoiser WholeDenoiser(TextConditioning text, StageRows rows, FeatureReuse? reuse) => (x, timestep) =>
    {
        using var scope = NewDisposeScope();
        var input = InputOf(x, rows);
        var output = reuse is null
            ? _network.call(input, timestep, text)                                           // [N, 6, S, S]
            : _network.forward(input, timestep, text, reuse.ForPass((int)x.shape[0]));
        var eps = output.narrow(1, 0, 3);
        var fraction = (output.narrow(1, 3, 3) + 1) / 2;
        return new Prediction(eps.MoveToOuterDisposeScope(), fraction.MoveToOuterDisposeScope());
    };

    private UNetInput InputOf(Tensor x, StageRows rows) =>
        _network.Config.Inpaint ? new UNetInput(x, rows.LowRes, rows.KnownImage, rows.KnownMask) : new UNetInput(x, rows.LowRes);

    private TextConditioning Doubled(TextConditioning text, IReadOnlyList<string> negatives)
    {
        using var unconditional = _prompts.Encode(_network, negatives);
        return TextConditioning.Concatenate(text, unconditional);
    }
}
