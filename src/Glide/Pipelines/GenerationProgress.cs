namespace Glide.Pipelines;

/// <summary>How far a run has come; reported after every step and at every change of stage.</summary>
/// <param name="Stage">What is going on: <c>base</c>, <c>upsample</c> or <c>invert</c>.</param>
/// <param name="Step">Steps of this stage that are done, for the pictures being made together; 0 when it begins.</param>
/// <param name="Steps">Steps that the stage takes.</param>
/// <param name="First">Number of the first of the pictures that are being made together, from 0.</param>
/// <param name="Rows">How many they are.</param>
/// <param name="PicturesDone">Finished pictures of the whole run.</param>
/// <param name="Pictures">Pictures that the run will make.</param>
public sealed record GenerationProgress(string Stage, int Step, int Steps, int First, int Rows, int PicturesDone, int Pictures);
