namespace Glide.Cli.Output;

/// <summary>A command that shows how it is used; the help prints these lines first.</summary>
internal interface IExamples
{
    /// <summary>Whole command lines, each under 78 characters.</summary>
    IReadOnlyList<string> Examples { get; }
}
