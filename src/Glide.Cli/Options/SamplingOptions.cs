using System.CommandLine;
using Glide.Editing;
using Glide.Images;
using Glide.Pipelines;

namespace Glide.Cli.Options;

/// <summary>How images are sampled: what the recipe says, changed where the user says so.</summary>
internal sealed class SamplingOptions
{
    private readonly Option<long?> _count = OptionValues.Whole("--count", ["-n"], "N", "Images per prompt, with seeds S, S+1, ... Default: 1.", 1, 100_000);
    private readonly Option<long?> _seed = OptionValues.Whole("--seed", ["-s"], "S", "0 to 2^63-1. Default: random, printed and stored in the image.", 0, long.MaxValue);
    private readonly Option<double?> _guidanceScale = OptionValues.Number("--guidance-scale", ["-g"], "X", "How strongly the image follows the prompt; 1 switches guidance off. Default: from the recipe, 3.", -100, 100);
    private readonly Option<string?> _negative = OptionValues.Text("--negative", [], "PROMPT", "What the image shall not show; stands in place of the empty prompt.");
    private readonly Option<string?> _steps = Plan("--steps", "Steps of the base: 100, ddim50, 10,10,3,2,2 or fast27. Default: by --quality; 100 for ddpm and ddim where only --sampler is given.");
    private readonly Option<string?> _upsampleSteps = Plan("--upsample-steps", "The same for the upsampler. Default: likewise, with fast27 in place of 100.");
    private readonly Option<string?> _sampler = Sampler("--sampler", "Sampler of the base. Default: by --quality.");
    private readonly Option<string?> _upsampleSampler = Sampler("--upsample-sampler", "Sampler of the upsampler. Default: by --quality.");
    private readonly Option<double?> _eta = OptionValues.Number("--eta", [], "X", "Noise of ddim, 0 to 1. Default: 0.", 0, 1);
    private readonly Option<double?> _upsampleTemperature = OptionValues.Number("--upsample-temp", [], "X", "Factor on the upsampler's first noise. Default: 0.997.", 0, 2);
    private readonly Option<bool> _noUpsample = OptionValues.Flag("--no-upsample", "Write the base image without enlarging it.");
    private readonly ClipOptions _clip = new();
    private readonly SolverOptions _solver = new();

    /// <summary><c>--no-upsample</c>, for what needs it.</summary>
    public Option<bool> NoUpsample => _noUpsample;

    /// <summary>Options that choose among images, for what keeps them all.</summary>
    public IReadOnlyList<Option> Choosing => _clip.Choosing;

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_count);
        command.Add(_seed);
        command.Add(_guidanceScale);
        command.Add(_negative);
        command.Add(_steps);
        command.Add(_upsampleSteps);
        command.Add(_sampler);
        command.Add(_upsampleSampler);
        command.Add(_eta);
        command.Add(_upsampleTemperature);
        command.Add(_noUpsample);
        _clip.AddTo(command, [_guidanceScale, _negative]);
        _solver.AddTo(command, _guidanceScale, _negative);
        command.Validators.Add(result =>
        {
            foreach (var option in new Option[] { _upsampleSteps, _upsampleSampler, _upsampleTemperature }.Concat(_solver.OfUpsampler))
            {
                if (result.GetResult(_noUpsample) is { Implicit: false } && result.GetResult(option) is { Implicit: false })
                    result.AddError($"--no-upsample and {option.Name} contradict each other; leave one out");
            }
        });
    }

    /// <summary>The recipe with the user's changes.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="recipe">What the model set publishes.</param>
    /// <param name="preset">What holds where the user names no preset; <c>null</c> for the recipe itself.</param>
    public Recipe Apply(ParseResult parsed, Recipe recipe, QualityPreset? preset = null)
    {
        var both = ApplyToBoth(parsed, recipe, preset);
        return parsed.GetValue(_noUpsample) ? both.BaseOnly() : both;
    }

    /// <summary>The recipe with the user's changes, and with its second stage whether or not it is run; parameters as of <see cref="Apply"/>.</summary>
    /// <exception cref="UsageException">An option belongs to another sampler.</exception>
    public Recipe ApplyToBoth(ParseResult parsed, Recipe recipe, QualityPreset? preset = null)
    {
        recipe = _solver.Quality(parsed)?.Apply(recipe)
            ?? preset?.ApplyUnnamed(recipe, place => parsed.GetValue(place == 0 ? _sampler : _upsampleSampler))
            ?? recipe;
        var basis = recipe.Base with
        {
            Sampler = parsed.GetValue(_sampler) ?? recipe.Base.Sampler,
            Steps = parsed.GetValue(_steps) ?? recipe.Base.Steps,
            Eta = parsed.GetValue(_eta) ?? recipe.Base.Eta,
            GuidanceScale = parsed.GetValue(_guidanceScale) ?? recipe.Base.GuidanceScale,
        };
        if (parsed.GetValue(_eta) > 0 && basis.Sampler != "ddim")
            throw new UsageException($"--eta belongs to the sampler ddim; the base is sampled with {basis.Sampler}; add --sampler ddim or leave --eta out");
        return recipe
            .WithBase(_ => _solver.ApplyToBase(parsed, _clip.Apply(parsed, basis), parsed.IsGiven(_guidanceScale)))
            .WithLater(stage => _solver.ApplyToUpsampler(parsed, stage with
            {
                Sampler = parsed.GetValue(_upsampleSampler) ?? stage.Sampler,
                Steps = parsed.GetValue(_upsampleSteps) ?? stage.Steps,
                Temperature = parsed.GetValue(_upsampleTemperature) ?? stage.Temperature,
            }));
    }

    /// <summary>The requests for some prompts: prompt by prompt, seeds counted up from the first.</summary>
    /// <exception cref="UsageException">The seeds would run past 2⁶³−1.</exception>
    public IReadOnlyList<ImageRequest> Requests(ParseResult parsed, IReadOnlyList<string> prompts)
    {
        long count = parsed.GetValue(_count) ?? 1;
        if (_clip.BestOf(parsed) is { } candidates)
        {
            if (candidates < count)
                throw new UsageException($"--best-of {candidates} is less than --count {count}; allowed is --count or more; raise --best-of");
            count = candidates;
        }
        return Requests(prompts, count, parsed.GetValue(_seed), parsed.GetValue(_negative) ?? "");
    }

    internal static IReadOnlyList<ImageRequest> Requests(IReadOnlyList<string> prompts, long count, long? seed, string negative)
    {
        long first = seed ?? RandomSeed();
        if (first > long.MaxValue - (count - 1))
            throw new UsageException($"seeds run out; --seed {first} with --count {count}; the last seed may be at most {long.MaxValue}; choose a lower --seed");
        return [.. prompts.SelectMany(prompt => Enumerable.Range(0, (int)count).Select(index => new ImageRequest(prompt, first + index) { Negative = negative }))];
    }

    /// <summary>How many of each prompt's images are kept, the best by CLIP's score; <c>null</c> for all.</summary>
    public int? KeepBest(ParseResult parsed) => _clip.BestOf(parsed) is null ? null : (int)(parsed.GetValue(_count) ?? 1);

    /// <summary>How candidates are dropped on the way; <c>null</c> where all are drawn to the end.</summary>
    /// <exception cref="UsageException">It contradicts the numbers of images.</exception>
    public EarlyPruning? Cull(ParseResult parsed) => _clip.Cull(parsed, (int)(parsed.GetValue(_count) ?? 1));

    /// <summary>For commands that start from an image, whose results are not scored.</summary>
    /// <exception cref="UsageException">The user gave --best-of.</exception>
    public void RefuseBestOf(ParseResult parsed)
    {
        if (_clip.BestOf(parsed) is not null)
            throw new UsageException("--best-of works with 'glide sample' only; images that start from another are not scored; use --count instead");
    }

    /// <summary>Whether the seed is the program's choice and worth a notice.</summary>
    public bool ChoosesSeed(ParseResult parsed) => !parsed.IsGiven(_seed);

    // Seven digits are easy to type again and plenty to choose from.
    internal static long RandomSeed() => Random.Shared.NextInt64(10_000_000);

    internal static Option<string?> Plan(string name, string description) =>
        OptionValues.Text(name, [], "PLAN", description, text =>
        {
            StageRecipe.CheckSteps(text);
            return null;
        });

    internal static Option<string?> Sampler(string name, string description) =>
        OptionValues.OneOf(name, [], "NAME", $"{description} Known: {string.Join(", ", StageRecipe.SamplerNames)}.", StageRecipe.SamplerNames);
}

/// <summary>An image of the user's and what it shows, as far as that is known.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Image">Its pixels.</param>
/// <param name="Prompt">What the image says itself; <c>null</c> where it does not.</param>
internal sealed record PromptedImage(string Path, RgbImage Image, string? Prompt)
{
    /// <summary>Reads a PNG or JPEG.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public static PromptedImage Load(string path) => new(path, InitImage.Load(path).Image, GeneratedImageFile.ReadRecord(path)?.Prompt);

    /// <summary>What the user says that it shows, else what it says itself.</summary>
    /// <param name="given">The user's words; <c>null</c> for none.</param>
    /// <param name="how">How the user can say it, such as <c>--from</c>.</param>
    /// <exception cref="UsageException">Neither says anything.</exception>
    public string PromptOr(string? given, string how) => given ?? Prompt ??
        throw new UsageException($"'{Path}' does not say what it shows, as images by glide do; add {how}; \"\" is a prompt too");
}
