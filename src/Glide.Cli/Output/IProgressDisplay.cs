using Glide.Pipelines;

namespace Glide.Cli.Output;

/// <summary>Shows on stderr how far a run is.</summary>
internal interface IProgressDisplay
{
    /// <summary>Wants the pictures at every step; <c>null</c> where the display does not draw them.</summary>
    Action<FormingPictures>? Forming { get; }

    /// <summary>A writer for lines of stdout while the display is drawn: where both share a terminal, lines go above it.</summary>
    TextWriter Above(TextWriter output);

    /// <summary>Runs the work while its progress is shown.</summary>
    /// <param name="work">Gets where to report to.</param>
    void Run(Action<IProgress<GenerationProgress>> work);
}
