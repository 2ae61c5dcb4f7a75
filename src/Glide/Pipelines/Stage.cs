using Glide.Diffusion;
using Glide.Diffusion.Guidance;
using Glide.Diffusion.Samplers;
using Glide.Models;
using Glide.Models.Ops;
using Glide.Models.Text;
using Glide.Models.UNet;
using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>
/// Runs one network by its recipe: a composition of network, guidance, sampler and rules, the same for every task.
/// </summary>
internal sealed class Stage
{
    private readonly UNetModel _network;
    private readonly StageRecipe _recipe;
    private readonly PromptEncoder _prompts;
    private readonly double[] _betas;
    private readonly TimestepRespacing _plan;
    private readonly ImageSize _size;

    /// <summary>Composes the stage.</summary>
    /// <param name="network">Stays the caller's.</param>
    /// <param name="recipe">How it samples.</param>
    /// <param name="prompts">Turns prompts into what the network knows about them.</param>
    public Stage(UNetModel network, StageRecipe recipe, PromptEncoder prompts)
    {
        _network = network;
        _recipe = recipe;
        _prompts = prompts;
        _betas = BetaTable.Parse(network.Config.NoiseSchedule, network.Config.DiffusionSteps);
        _plan = TimestepRespacing.Parse(recipe.Steps, network.Config.DiffusionSteps);
        _size = ImageSize.Of(recipe, network.Config);
    }

    /// <summary>Steps of the plan; a solver may take fewer.</summary>
    public int Steps => _plan.Count;

    /// <summary>Evaluates the network in a way of its own, for measurements; <c>null</c> for the usual pass.</summary>
    public Func<UNetInput, Tensor, Tensor>? Pass { get; init; }

    private bool IsGuided => IsGuidedBy(_recipe);

    private int DrawsPerImage => DrawsPerImageOf(_recipe);

    private long[] ImageShape => _size.Shape;

    /// <summary>Starts the generators of some images; the caller disposes them.</summary>
    public NoiseSource NewNoise(IReadOnlyList<long> seeds) => new(seeds, ImageShape, DrawsPerImage, _network.Device);

    /// <summary>
    /// The generators of images that a stage drew from noise alone, as it leaves them; no network is needed. The caller
    /// disposes them.
    /// </summary>
    /// <param name="recipe">How the stage sampled.</param>
    /// <param name="settings">Of its network.</param>
    /// <param name="seeds">The images' seeds.</param>
    /// <param name="device">Where the next stage wants its noise.</param>
    public static NoiseSource NoiseBehind(StageRecipe recipe, UNetConfig settings, IReadOnlyList<long> seeds,
        Device device)
    {
        var noise = new NoiseSource(seeds, ImageSize.Of(recipe, settings).Shape, DrawsPerImageOf(recipe), device);
        using var sampler = SamplerFactory.Create(
            SamplerFactory.Parse(recipe.Sampler), BetaTable.Parse(settings.NoiseSchedule, settings.DiffusionSteps),
            TimestepRespacing.Parse(recipe.Steps, settings.DiffusionSteps), X0Transform.None,
                recipe.ToSamplerSettings());
        // The first x, and one draw a step.
        for (int draw = 0; draw <= sampler.Tables.Count; draw++)
            noise.Skip();
        return noise;
    }

    /// <summary>Whether each image has two rows in a pass.</summary>
    public static bool IsGuidedBy(StageRecipe recipe) => recipe.GuidanceScale != 1 || recipe.CfgPlusPlus;

    /// <summary>Makes images.</summary>
    /// <returns>[N, 3, H, W] in [−1, 1], in the caller's scope.</returns>
    public Tensor Run(StageInputs rows, NoiseSource noise, StepCallbacks callbacks)
    {
        using var scope = NewDisposeScope();
        using var source = new MaskConditioning(rows, _recipe, _network.Config.Inpaint);
        using var sampler = NewSampler(source.Rule);
        var x = source.Begin(sampler.Tables, FirstDraw(rows, noise), () => OwnNoise(rows.Seeds));
        int last = source.StepsOf(sampler.Tables) - 1;
        var options = new SampleLoopOptions { FromStep = last, AfterStep = source.AfterStep };
        return (last < 0 ? x : SampleSteps(rows, noise, sampler, x, options, callbacks)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Makes the first steps of images that are drawn from noise alone; <see cref="Finish"/> makes the others.
    /// </summary>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="UsageException">There is only one step.</exception>
    public PausedSampling Begin(StageInputs rows, NoiseSource noise, EarlyPruning pruning, StepCallbacks callbacks)
    {
        using var scope = NewDisposeScope();
        var sampler = NewSampler(X0Transform.Clamp);
        try
        {
            int count = sampler.Tables.Count;
            int left = pruning.StepsLeft(count);
            var options = new SampleLoopOptions { FromStep = count - 1, ToStep = left };
            var x = SampleSteps(rows, noise, sampler, FirstDraw(rows, noise), options, callbacks);
            return new PausedSampling(sampler, x, left - 1);
        }
        catch
        {
            sampler.Dispose();
            throw;
        }
    }

    /// <summary>Makes the steps that are left.</summary>
    /// <param name="paused">Of <see cref="Begin"/>; the caller keeps it.</param>
    /// <param name="rows">Those of the images that are still there.</param>
    /// <param name="noise">Their generators.</param>
    /// <param name="callbacks">Called on the way.</param>
    /// <returns>As of <see cref="Run"/>.</returns>
    public Tensor Finish(PausedSampling paused, StageInputs rows, NoiseSource noise, StepCallbacks callbacks)
    {
        var options = new SampleLoopOptions
        {
            FromStep = paused.NextStep,
            StartStep = paused.Sampler.Tables.Count - 1,
        };
        return SampleSteps(rows, noise, paused.Sampler, paused.X, options, callbacks);
    }

    /// <summary>Finds the noise that images come from: the steps of <see cref="Run"/> in the other direction.</summary>
    /// <param name="rows">The images, as what the run starts from, and their prompts.</param>
    /// <param name="callbacks">Called on the way.</param>
    /// <returns>x of the step that sampling begins with, [N, 3, H, W], in the caller's scope.</returns>
    public Tensor Invert(StageInputs rows, StepCallbacks callbacks)
    {
        using var scope = NewDisposeScope();
        using var inverter = new DdimInverter(new DiffusionTables(_betas, _plan),
            X0Transform.Clamp with { Threshold = Threshold.Parse(_recipe.Threshold ?? "static") });
        using var noise = NewNoise(rows.Seeds);
        int last = inverter.Tables.StepsForStrength(_recipe.Strength ?? 1) - 1;
        var options = new SampleLoopOptions { FromStep = 0, ToStep = last - 1 };
        var x = last < 1 ? rows.Start!.alias() : SampleSteps(rows, noise, inverter, rows.Start!, options, callbacks);
        return x.MoveToOuterDisposeScope();
    }

    // With guidance the original doubles its batch and draws for both halves.
    private static int DrawsPerImageOf(StageRecipe recipe) => IsGuidedBy(recipe) ? 2 : 1;

    private ISampler NewSampler(X0Transform rule) => SamplerFactory.Create(
        SamplerFactory.Parse(_recipe.Sampler), _betas, _plan,
            rule with { Threshold = Threshold.Parse(_recipe.Threshold ?? "static") }, _recipe.ToSamplerSettings());

    private Tensor FirstDraw(StageInputs rows, NoiseSource noise)
    {
        noise.Reshape([.. rows.Canvas ?? ImageShape], DrawsPerImage);
        return noise.Draw().Times(_recipe.Temperature);
    }

    private Tensor SampleSteps(
        StageInputs rows, NoiseSource noise, ISampler sampler, Tensor x, SampleLoopOptions options,
        StepCallbacks callbacks)
    {
        using var scope = NewDisposeScope();
        using var text = _prompts.Encode(_network, rows.Prompts, rows.Blends);
        using var both = IsGuided || rows.Further is not null ? Guiding(text, rows) : null;
        using var reuse = _recipe.Reuse is > 1 and { } every ? new DeepCacheSchedule(every) : null;
        using var recorder = new PassRecorder(_network.Device);
        int first = options.StartStep ?? options.FromStep!.Value;
        var settings = GuidanceSettings(sampler.Tables, first) with { Further = FurtherOf(rows) };
        var denoise = WithGradient(Compose(rows, text, both, settings, new PassCaches(reuse, recorder)), rows);
        return SampleLoop.Run(sampler, denoise, x, noise, options with
        {
            Preview = callbacks.Preview is not { } preview ? null
                : (step, x0) => preview(new SamplingProgress(first - step + 1, first + 1), x0),
            Progress = callbacks.Progress,
            Cancellation = callbacks.Cancellation,
        }).MoveToOuterDisposeScope();
    }

    // Seeds that no other image of a run has, so that the two sources are not the same numbers.
    private NoiseSource OwnNoise(IReadOnlyList<long> seeds) =>
        new([.. seeds.Select(seed => seed ^ (1L << 62))], ImageShape, drawsPerImage: 1, _network.Device);

    private Denoiser Compose(
        StageInputs rows, TextConditioning text, TextConditioning? both, CfgSettings settings, PassCaches caches)
    {
        var conditional = NetworkDenoiser(text, rows, caches);
        if (both is null)
            return conditional;
        var guided = rows with
        {
            LowRes = Rows(rows.LowRes),
            KnownImage = Rows(rows.KnownImage),
            KnownMask = Rows(rows.KnownMask)
        };
        return new ClassifierFreeGuidance(NetworkDenoiser(both, guided, caches), conditional,
            _recipe.GuidanceScale, settings).Denoise;

        Tensor? Rows(Tensor? perImage) => perImage is null ? null : settings.Further.Rows(perImage);
    }

    private CfgSettings GuidanceSettings(DiffusionTables tables, int fromStep) => new()
    {
        Rescale = _recipe.GuidanceRescale,
        Timesteps = _recipe.GuidanceInterval is { } interval
            ? GuidanceInterval.Parse(interval).Of(tables, fromStep)
            : null,
        PlusPlus = _recipe.CfgPlusPlus,
    };

    private static FurtherPrompts FurtherOf(StageInputs rows) => rows.Further is null
        ? FurtherPrompts.None
        : new([.. rows.Further.SelectMany((further, image) => further.Select(prompt => (image, prompt.Weight)))]);

    private static Denoiser WithGradient(Denoiser denoise, StageInputs rows) =>
        rows.Gradient is null ? denoise : new GradientGuidance(denoise, rows.Gradient).Denoise;

    // Windows see different parts of an image: there is nothing that the next pass could reuse.
    private Denoiser NetworkDenoiser(TextConditioning text, StageInputs rows, PassCaches caches) =>
        rows.Canvas is null || rows.Canvas.SequenceEqual(ImageShape)
            ? DenoiserOf(CanvasPass(text, rows, caches))
            : new TiledDenoiser(
                (parts, statistics) => DenoiserOf(WindowsPass(text, rows with { LowRes = parts }, statistics)),
                rows.LowRes!, _network.Config.ImageSize / StageInputs.UpsampleFactor, rows.WindowsAtOnce).Denoise;

    private Func<Tensor, Tensor, Tensor> CanvasPass(TextConditioning text, StageInputs rows, PassCaches caches)
    {
        if (Pass is { } pass)
            return (x, timestep) => pass(InputOf(x, rows), timestep);
        return caches.Reuse is { } reuse
            ? ReusingPass(text, rows, reuse)
            : caches.Recorder.Recorded(WholePass(text, rows));
    }

    private Func<Tensor, Tensor, Tensor> WholePass(TextConditioning text, StageInputs rows) =>
        (x, timestep) => _network.call(InputOf(x, rows), timestep, text);

    private Func<Tensor, Tensor, Tensor> ReusingPass(
        TextConditioning text, StageInputs rows, DeepCacheSchedule reuse) =>
        (x, timestep) => _network.forward(InputOf(x, rows), timestep, text, reuse.ForPass((int)x.shape[0]));

    private Func<Tensor, Tensor, Tensor> WindowsPass(
        TextConditioning text, StageInputs rows, TiledGroupNormStats statistics) => (x, timestep) =>
    {
        using var texts = TextConditioning.Concatenate([.. Enumerable.Repeat(text, (int)x.shape[0] / text.Rows)]);
        return _network.call(InputOf(x, rows) with { Tiles = statistics, Wrap = Wrap.None }, timestep, texts);
    };

    private static Denoiser DenoiserOf(Func<Tensor, Tensor, Tensor> pass) => (x, timestep) =>
    {
        using var scope = NewDisposeScope();
        var output = pass(x, DeviceCopies.To(timestep, x.device));                           // [N, 6, H, W]
        var eps = output.narrow(1, 0, 3);
        var fraction = output.narrow(1, 3, 3).Plus(1).Over(2);
        return new Prediction(eps.MoveToOuterDisposeScope(), fraction.MoveToOuterDisposeScope());
    };

    private UNetInput InputOf(Tensor x, StageInputs rows) =>
        _network.Config.Inpaint
            ? new UNetInput(x, rows.LowRes, rows.KnownImage, rows.KnownMask, Wrap: _recipe.Wrap)
            : new UNetInput(x, rows.LowRes, Wrap: _recipe.Wrap);

    // In the order of FurtherPrompts.Rows.
    private TextConditioning Guiding(TextConditioning text, StageInputs rows)
    {
        using var unconditional = _prompts.Encode(_network, rows.Negatives, _ => "--negative");
        if (rows.Further is not { } images)
            return TextConditioning.Concatenate(text, unconditional);
        using var further = _prompts.Encode(_network,
            [.. images.SelectMany(image => image.Select(prompt => prompt.Prompt))], PromptEncoder.NameOfFurther);
        return TextConditioning.Concatenate(text, unconditional, further);
    }
}

/// <summary>What the passes of one run keep for later ones: deep features, or a recorded graph.</summary>
internal sealed record PassCaches(DeepCacheSchedule? Reuse, PassRecorder Recorder);

/// <summary>What a stage calls on its way.</summary>
internal sealed record StepCallbacks
{
    public IProgress<SamplingProgress>? Progress { get; init; }

    /// <summary>
    /// Called at each step, counted from 1, with the predicted x₀, [N, 3, H, W]; <c>null</c> saves the work.
    /// </summary>
    public Action<SamplingProgress, Tensor>? Preview { get; init; }

    public CancellationToken Cancellation { get; init; }
}
