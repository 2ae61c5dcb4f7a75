namespace Glide.Diffusion;

/// <summary>Where a run's steps lie.</summary>
internal enum StepSpacing
{
    /// <summary>On the trained steps that the plan names.</summary>
    Trained,

    /// <summary>Evenly in time, between the trained steps where need be.</summary>
    UniformTime,

    /// <summary>Evenly in λ = ln(α/σ).</summary>
    UniformLambda,

    /// <summary>Evenly in (σ/α)^(1/7), as Karras et al. 2022 (eq. 5) place them; σ/α starts at 160 at most.</summary>
    Karras,

    /// <summary>
    /// Evenly in 0.3·time + 0.7·λ, each as a share of its range: time alone leaves the ends too few steps, λ alone the
    /// middle. The clean end counts as one more place, so that no pass is spent on step 0, whose picture is clean already.
    /// </summary>
    Balanced,

    /// <summary>
    /// As <see cref="Balanced"/>, but 0.6·time + 0.4·λ: more steps in the middle, where shapes and colours are decided. Samplers
    /// with noise of their own can spare the ends, since every step washes out errors of the steps before.
    /// </summary>
    Middle,
}
