namespace Glide.Diffusion.Samplers;

/// <summary>A sampler by name.</summary>
/// <param name="Name">What the user writes.</param>
/// <param name="Summary">What it is, in one line.</param>
/// <param name="StartsCapped">Whether steps noisier than <see cref="StepGrid.MinLambda"/> are moved, as the solvers need.</param>
/// <param name="Spacing">Where its steps lie when a run says how many and no more; measured, see docs/samplers.md.</param>
/// <param name="Make">Makes the sampler for one run.</param>
internal sealed record SamplerKind(
    string Name, string Summary, bool StartsCapped, StepSpacing Spacing, Func<DiffusionTables, X0Rule, SamplerSettings, ISampler> Make);
