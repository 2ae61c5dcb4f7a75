namespace Glide.Cli.Study;

/// <summary>What one solver gave with so many steps.</summary>
/// <param name="Sampler">Its name.</param>
/// <param name="Steps">Steps.</param>
/// <param name="Passes">Network passes.</param>
/// <param name="Distance">Mean over the pictures of the root mean square distance to the reference, in levels of 255.</param>
internal sealed record SolverRun(string Sampler, int Steps, int Passes, double Distance);
