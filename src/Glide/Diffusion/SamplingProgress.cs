namespace Glide.Diffusion;

/// <summary>How far a run is.</summary>
/// <param name="Done">Finished steps.</param>
/// <param name="Total">Steps of the whole run.</param>
internal sealed record SamplingProgress(int Done, int Total);
