using System.CommandLine;
using Glide.Pipelines;
using Glide.Pipelines.Playing;

namespace Glide.Cli.Options;

/// <summary>How the way between a picture and its noise is gone.</summary>
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
    public Recipe Apply(ParseResult parsed, Recipe recipe, double defaultScale = 1)
    {
        var path = PicturePath.Of(recipe);
        return path with
        {
            Base = path.Base with
            {
                Steps = parsed.GetValue(_steps) ?? defaultSteps,
                GuidanceScale = parsed.GetValue(_guidanceScale) ?? defaultScale,
            },
        };
    }
}
