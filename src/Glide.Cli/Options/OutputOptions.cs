using System.CommandLine;
using Glide.Inversion;
using Glide.Pipelines;

namespace Glide.Cli.Options;

/// <summary>Where images go and how much is said about them; the same for every command that makes some.</summary>
/// <param name="pathDescription">What <c>--output</c> means.</param>
/// <param name="overwriteDescription">What <c>--overwrite</c> means.</param>
/// <param name="jsonDescription">What <c>--json</c> means.</param>
internal sealed class OutputOptions(
    string pathDescription = OutputOptions.FileOrFolder, string overwriteDescription = "Replace existing files that --output and other options name.",
    string jsonDescription = "Print one JSON object an image instead of its path.")
{
    private const string FileOrFolder = "A .png for one image, otherwise a folder, made if missing. Default: the current folder, names like a-red-circle-7.png.";

    private readonly Option<string?> _path = OptionValues.Text("--output", ["-o"], "PATH", pathDescription,
        path => path.Trim().Length > 0 ? null : "a file or a folder");
    private readonly Option<bool> _overwrite = OptionValues.Flag("--overwrite", overwriteDescription);
    private readonly Option<bool> _json = OptionValues.Flag("--json", jsonDescription);
    private readonly Option<bool> _quiet = OptionValues.Flag("--quiet", "Print no progress and no notices.", "-q");
    private readonly Option<bool> _verbose = OptionValues.Flag("--verbose", "Print errors with their stack trace.", "-v");

    /// <summary><c>--output</c>, for what contradicts it.</summary>
    public Option<string?> Path => _path;

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_path);
        command.Add(_overwrite);
        command.Add(_json);
        command.Add(_quiet);
        command.Add(_verbose);
    }

    /// <summary>What the user asked for.</summary>
    public OutputSettings Read(ParseResult parsed) => new(
        parsed.GetValue(_path), parsed.GetValue(_overwrite), parsed.GetValue(_json), parsed.GetValue(_quiet), parsed.GetValue(_verbose));
}

/// <summary>Values of <see cref="OutputOptions"/>.</summary>
/// <param name="Path">File or folder; <c>null</c> for the current folder.</param>
/// <param name="Overwrite">Whether an existing file of that name is replaced.</param>
/// <param name="Json">Whether stdout gets JSON.</param>
/// <param name="Quiet">Whether stderr gets only warnings and errors.</param>
/// <param name="Verbose">Whether stderr gets details.</param>
internal sealed record OutputSettings(string? Path, bool Overwrite, bool Json, bool Quiet, bool Verbose);

/// <summary>How the way between an image and its noise is gone.</summary>
/// <param name="defaultSteps">Steps where the user names none.</param>
/// <param name="guidance">What <c>--guidance-scale</c> does.</param>
internal sealed class PathOptions(string defaultSteps, string guidance = "Guidance in both directions; 1 switches it off and comes back best. Default: 1.")
{
    private readonly Option<string?> _steps = SamplingOptions.Plan("--steps", $"Steps of the base in each direction: {defaultSteps}, ddim50 or 10,10,3,2,2. Default: {defaultSteps}.");
    private readonly Option<double?> _guidanceScale = OptionValues.Number("--guidance-scale", ["-g"], "X", guidance, -100, 100);
    private readonly Option<string?> _negative = OptionValues.Text("--negative", [], "PROMPT", "What stands in place of the empty prompt where there is guidance.");

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_steps);
        command.Add(_guidanceScale);
        command.Add(_negative);
    }

    /// <summary>What the user wants in place of the empty prompt.</summary>
    public string Negative(ParseResult parsed) => parsed.GetValue(_negative) ?? "";

    /// <summary>The recipe of a model set, made to go both ways, with the user's changes.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="recipe">The set's.</param>
    /// <param name="defaultScale">The guidance scale where the user names none.</param>
    public Recipe Apply(ParseResult parsed, Recipe recipe, double defaultScale = 1) =>
        DeterministicRecipe.Of(recipe).WithBase(stage => stage with
        {
            Steps = parsed.GetValue(_steps) ?? defaultSteps,
            GuidanceScale = parsed.GetValue(_guidanceScale) ?? defaultScale,
        });
}
