namespace Glide.Diffusion.Guidance;

/// <summary>The timesteps at which guidance acts.</summary>
/// <param name="Lowest">Guidance acts above this timestep.</param>
/// <param name="Highest">Guidance acts below this timestep.</param>
internal sealed record GuidedTimesteps(double Lowest, double Highest)
{
    /// <summary>Whether guidance acts there.</summary>
    public bool Contains(double timestep) => timestep > Lowest && timestep < Highest;
}
