using Glide.Imaging;

namespace Glide.Pipelines;

/// <summary>Pictures on their way: what the network takes the clean pictures for at a step.</summary>
/// <param name="Stage">What is going on: <c>base</c> or <c>upsample</c>.</param>
/// <param name="Step">Number of the step that is being made, from 1.</param>
/// <param name="Steps">Steps that the stage takes.</param>
/// <param name="Numbers">Which of the run's requests the pictures belong to, from 0.</param>
/// <param name="Images">x₀ of each, of the stage's size.</param>
public sealed record FormingPictures(string Stage, int Step, int Steps, IReadOnlyList<int> Numbers, IReadOnlyList<RgbImage> Images);
