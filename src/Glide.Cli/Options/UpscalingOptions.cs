using System.CommandLine;
using Glide.Pipelines;

namespace Glide.Cli.Options;

/// <summary>How the second network samples where it runs alone.</summary>
internal sealed class UpscalingOptions
{
    private readonly Option<long?> _count = OptionValues.Whole("--count", ["-n"], "N", "Images, with seeds S, S+1, ... Default: 1.", 1, 100_000);
    private readonly Option<long?> _seed = OptionValues.Whole("--seed", ["-s"], "S", "0 to 2^63-1. Default: random, printed and stored in the image.", 0, long.MaxValue);
    private readonly Option<string?> _steps = SamplingOptions.Plan("--steps", "Steps: 100, ddim50, 10,10,3,2,2 or fast27. Default: from the recipe, fast27.");
    private readonly Option<string?> _sampler = SamplingOptions.Sampler("--sampler", "Sampler. Default: from the recipe, ddim.");
    private readonly Option<double?> _temperature = OptionValues.Number("--temp", [], "X", "Factor on the first noise. Default: 0.997.", 0, 2);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_count);
        command.Add(_seed);
        command.Add(_steps);
        command.Add(_sampler);
        command.Add(_temperature);
    }

    /// <summary>The recipe with the user's changes to its second stage.</summary>
    public Recipe Apply(ParseResult parsed, Recipe recipe) => recipe.WithLater(stage => stage with
    {
        Steps = parsed.GetValue(_steps) ?? stage.Steps,
        Sampler = parsed.GetValue(_sampler) ?? stage.Sampler,
        Temperature = parsed.GetValue(_temperature) ?? stage.Temperature,
    });

    /// <summary>The requests for a prompt, seeds counted up from the first.</summary>
    public IReadOnlyList<ImageRequest> Requests(ParseResult parsed, string prompt) =>
        SamplingOptions.Requests([prompt], parsed.GetValue(_count) ?? 1, parsed.GetValue(_seed), negative: "");

    /// <summary>Whether the seed is the program's choice and worth a notice.</summary>
    public bool ChoosesSeed(ParseResult parsed) => !parsed.IsGiven(_seed);
}
