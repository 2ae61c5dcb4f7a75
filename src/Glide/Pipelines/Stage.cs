using Glide.Diffusion;
using Glide.Diffusion.Guidance;
using Glide.Diffusion.Samplers;
using Glide.Models.Text;
using Glide.Models.UNet;
using Glide.ModelStore;
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

    private bool IsGuided => _recipe.GuidanceScale != 1;

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
    /// <returns>[N, 3, S, S] in [−1, 1], in the caller's scope.</returns>
    public Tensor Run(StageRows rows, NoiseSource noise, IProgress<SamplingProgress>? progress, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var text = _prompts.Encode(_network, rows.Prompts);
        using var both = IsGuided ? Doubled(text, rows.Negatives) : null;
        using var sampler = SamplerFactory.Create(
            SamplerFactory.Parse(_recipe.Sampler), _betas, _plan, X0Rule.Clamp, new SamplerSettings { Eta = _recipe.Eta });
        noise.PassOver(_recipe.PassedOverNumbers);
        noise.Reshape(PictureShape, DrawsPerPicture);
        var x = noise.Draw() * _recipe.Temperature;
        return SamplingLoop.Run(
            sampler, Compose(rows, text, both), x, sampler.Tables.Count - 1, noise,
            progress: progress, cancellation: cancellation).MoveToOuterDisposeScope();
    }

    private Denoiser Compose(StageRows rows, TextConditioning text, TextConditioning? both)
    {
        Denoiser conditional = NetworkDenoiser(text, rows.LowRes);
        if (both is null)
            return conditional;
        var lowResTwice = rows.LowRes is null ? null : cat([rows.LowRes, rows.LowRes], dim: 0);
        return new ClassifierFreeGuidance(NetworkDenoiser(both, lowResTwice), conditional, _recipe.GuidanceScale).Denoise;
    }

    private Denoiser NetworkDenoiser(TextConditioning text, Tensor? lowRes) => (x, timestep) =>
    {
        using var scope = NewDisposeScope();
        var output = _network.call(new UNetInput(x, lowRes), timestep, text);                        // [N, 6, S, S]
        var eps = output.narrow(1, 0, 3);
        var fraction = (output.narrow(1, 3, 3) + 1) / 2;
        return new Prediction(eps.MoveToOuterDisposeScope(), fraction.MoveToOuterDisposeScope());
    };

    private TextConditioning Doubled(TextConditioning text, IReadOnlyList<string> negatives)
    {
        using var unconditional = _prompts.Encode(_network, negatives);
        return TextConditioning.Concatenate(text, unconditional);
    }
}
