using System.CommandLine;
using Glide.Inversion;
using Glide.Pipelines;

namespace Glide.Cli.Options;

/// <summary>How images are drawn from the noise that another one came from.</summary>
internal sealed class ReturnOptions
{
    private readonly Option<long?> _seed = OptionValues.Whole("--seed", ["-s"], "S", "Of fresh noise and of the upsampler's, 0 to 2^63-1. Default: random, printed and stored in the image.", 0, long.MaxValue);
    private readonly Option<string?> _sampler = OptionValues.OneOf("--sampler", [], "NAME",
        $"Sampler of the base on the way back; all draw no noise. Default: ddim. Known: {string.Join(", ", DeterministicRecipe.Samplers)}.", DeterministicRecipe.Samplers);
    private readonly Option<string?> _upsampleSteps = SamplingOptions.Plan("--upsample-steps", "Steps of the upsampler. Default: from the recipe, fast27.");
    private readonly Option<string?> _upsampleSampler = SamplingOptions.Sampler("--upsample-sampler", "Sampler of the upsampler. Default: from the recipe, ddim.");
    private readonly Option<double?> _upsampleTemperature = OptionValues.Number("--upsample-temp", [], "X", "Factor on the upsampler's first noise. Default: 0.997.", 0, 2);
    private readonly Option<bool> _noUpsample = OptionValues.Flag("--no-upsample", "Write the base image without enlarging it.");

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_seed);
        command.Add(_sampler);
        command.Add(_upsampleSteps);
        command.Add(_upsampleSampler);
        command.Add(_upsampleTemperature);
        command.Add(_noUpsample);
        command.Validators.Add(result =>
        {
            foreach (var option in new Option[] { _upsampleSteps, _upsampleSampler, _upsampleTemperature })
            {
                if (result.GetResult(_noUpsample) is { Implicit: false } && result.GetResult(option) is { Implicit: false })
                    result.AddError($"--no-upsample and {option.Name} contradict each other; leave one out");
            }
        });
    }

    /// <summary>The recipe with the user's changes.</summary>
    public Recipe Apply(ParseResult parsed, Recipe recipe)
    {
        var changed = recipe.WithBase(stage => stage with { Sampler = parsed.GetValue(_sampler) ?? stage.Sampler });
        return parsed.GetValue(_noUpsample) ? changed.BaseOnly() : changed.WithLater(stage => stage with
        {
            Steps = parsed.GetValue(_upsampleSteps) ?? stage.Steps,
            Sampler = parsed.GetValue(_upsampleSampler) ?? stage.Sampler,
            Temperature = parsed.GetValue(_upsampleTemperature) ?? stage.Temperature,
        });
    }

    /// <summary>The requests for a prompt, seeds counted up from the first; a seed of our own choice is told.</summary>
    public IReadOnlyList<ImageRequest> Requests(ParseResult parsed, string prompt, long count, string negative, Action<string> notice)
    {
        var requests = SamplingOptions.Requests([prompt], count, parsed.GetValue(_seed), negative);
        if (!parsed.IsGiven(_seed))
            notice($"seed {requests[0].Seed}");
        return requests;
    }
}
