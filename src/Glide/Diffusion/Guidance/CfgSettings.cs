namespace Glide.Diffusion.Guidance;

/// <summary>The refinements of classifier-free guidance; as made, none acts.</summary>
internal sealed record CfgSettings
{
    /// <summary>Nothing but the scale.</summary>
    public static CfgSettings Plain { get; } = new();

    /// <summary>φ: how far the guided noise is brought back to the spread of the conditional one; 0 to 1, 0 = not at all.</summary>
    /// <remarks>Lin et al. 2023, eq. 15 and 16.</remarks>
    public double Rescale { get; init; }

    /// <summary>Where guidance acts; elsewhere the unconditional half is not computed. Null: everywhere.</summary>
    public GuidedTimesteps? Timesteps { get; init; }

    /// <summary>CFG++ (Chung et al. 2024): the noise put back is the unconditional one. Needs <see cref="Samplers.CfgPlusPlusSampler"/>.</summary>
    public bool PlusPlus { get; init; }
}
