namespace Glide.Diffusion.Samplers;

/// <summary>What can be set on samplers; each reads what concerns it.</summary>
internal sealed record SamplerSettings
{
    /// <summary>Nothing set.</summary>
    public static SamplerSettings Default { get; } = new();

    /// <summary>η of DDIM: noise drawn anew at every step, 0 to 1.</summary>
    public double Eta { get; init; }

    /// <summary>S_churn of Heun: noise added before every step; 0 for none.</summary>
    public double Churn { get; init; }

    /// <summary>Where the steps lie; <c>null</c> for the sampler's own spacing, or on the plan's steps where it names them.</summary>
    public StepSpacing? Spacing { get; init; }

    /// <summary>Whether the denoiser gives CFG++ predictions.</summary>
    public bool CfgPlusPlus { get; init; }
}
