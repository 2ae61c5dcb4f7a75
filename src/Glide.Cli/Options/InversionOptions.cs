using System.CommandLine;
using Glide.Images;
using Glide.Inversion;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Pipelines.Settings;

namespace Glide.Cli.Options;

/// <summary>How an image is inverted and sampled again.</summary>
/// <param name="defaultSteps">Steps if the user gives none.</param>
/// <param name="guidance">What <c>--guidance-scale</c> does.</param>
internal sealed class PathOptions(string defaultSteps, string guidance = PathOptions.BothDirections)
{
    private const string BothDirections =
        "Guidance in both directions; 1 switches it off and reconstructs best. Default: 1.";

    private readonly Option[] _options =
    [
        SettingOptions.Of(
            SettingName.Parse("steps"), "--steps",
            $"Steps of the base in each direction: {defaultSteps}, ddim50 or 10,10,3,2,2. Default: {defaultSteps}."),
        SettingOptions.Of(SettingName.Parse("guidance-scale"), "--guidance-scale", guidance),
        SettingOptions.Of(
            SettingName.Parse("negative"), "--negative",
            "Replaces the empty prompt in guidance."),
    ];

    public void AddTo(Command command) => command.AddSettings(_options);

    /// <summary>The recipe of a model set, made deterministic, with the user's changes.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="recipe">The set's.</param>
    /// <param name="defaultScale">The guidance scale if the user gives none.</param>
    public Recipe Apply(ParseResult parsed, Recipe recipe, double defaultScale = 1)
    {
        var path = DeterministicRecipe.Of(recipe)
            .WithBase(stage => stage with { Steps = defaultSteps, GuidanceScale = defaultScale });
        var given = parsed.Given();
        return given.Sampling().NoUpsample ? given.ApplyTo(path).BaseOnly() : given.ApplyTo(path);
    }
}

/// <summary>How images are sampled from inverted noise.</summary>
internal sealed class ReturnOptions
{
    private readonly Option[] _options =
    [
        SettingOptions.Of(
            SettingName.Parse(SamplingTable.Seed), "--seed",
            "Seed of new noise and of the upsampler, 0 to 2^63-1. Default: random, printed and stored in the image."),
        SettingOptions.Of(
            SettingName.Parse("sampler"), "--sampler",
            $"Sampler of the base, all deterministic: {string.Join(", ", DeterministicRecipe.Samplers)}. Default: "
                + $"ddim.",
            new OneOfKind(DeterministicRecipe.Samplers)),
        SettingOptions.Of(
            SettingName.Parse("upsample-steps"), "--upsample-steps",
            "Steps of the upsampler. Default: from the recipe, fast27."),
        SettingOptions.Of(
            SettingName.Parse("upsample-sampler"), "--upsample-sampler",
            "Sampler of the upsampler. Default: from the recipe, ddim."),
        SettingOptions.Of("upsample-temp"),
        SettingOptions.Of("no-upsample"),
    ];

    public void AddTo(Command command)
    {
        command.AddSettings(_options);
        command.Validators.Add(result =>
        {
            // Guidance has other defaults here, so that only these contradict each other.
            foreach (string contradiction in result.Given().WithoutUpsampling())
                result.AddError(contradiction);
        });
    }

    /// <summary>The requests for a prompt, with seeds counted up; a seed that the program chose is printed.</summary>
    public static IReadOnlyList<ImageRequest> Requests(ParseResult parsed, string prompt, Action<string> notice)
    {
        var requests = SamplingOptions.Requests(parsed, [prompt]);
        SamplingOptions.TellSeed(parsed, requests, notice);
        return requests;
    }
}

/// <summary><c>--from-noise</c>: images begin with noise that was found and not drawn.</summary>
internal sealed class NoiseFileOption(SheetOption sheet)
{
    public Option<string?> File { get; } = OptionValues.Text("--from-noise", ["--from-latent"], "FILE",
        "Start from the noise that 'glide invert' found, with ddim and, unless given, its prompt, steps and guidance.",
        path => path.Length > 0 ? null : "a file that 'glide invert' wrote");

    /// <summary>Reads the noise; <c>null</c> where the option is not given.</summary>
    /// <exception cref="UsageException">It cannot be read, or other options contradict it.</exception>
    public InvertedNoise? Read(ParseResult parsed)
    {
        if (parsed.GetValue(File) is not { } path)
            return null;
        var noise = NoiseFile.Read(path);
        SamplingOptions.RefuseBestOf(parsed);
        return sheet.Read(parsed) is null
            ? noise
            : throw new UsageException($"{File.Name} and --sheet contradict each other; leave one out");
    }

    public static Recipe RecipeFor(ParseResult parsed, InvertedNoise noise, ModelSet models) =>
        SamplingOptions.Apply(parsed, DeterministicRecipe.BackFrom(noise.Record, Recipe.For(models, "sample")));

    /// <summary>The images: of the noise's own prompt where none is given.</summary>
    public static IReadOnlyList<ImageRequest> Requests(ParseResult parsed, InvertedNoise noise, string[] prompts) =>
    [
        .. SamplingOptions.Requests(parsed, prompts.Length > 0 ? prompts : [noise.Record.Prompt])
            .Select(request =>
                request.Negative.Length > 0 ? request : request with { Negative = noise.Record.Negative }),
    ];
}

/// <summary>An image of the user's and what it shows, as far as that is known.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Image">Its pixels.</param>
/// <param name="Prompt">What the image says itself; <c>null</c> where it does not.</param>
internal sealed record PromptedImage(string Path, RgbImage Image, string? Prompt)
{
    /// <summary>Reads a PNG or JPEG.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public static PromptedImage Load(string path) =>
        new(path, InitImage.Load(path).Image, GeneratedImageFile.ReadRecord(path)?.JoinedPrompt);

    /// <summary>What the user says that it shows, else what it says itself.</summary>
    /// <param name="given">The user's words; <c>null</c> for none.</param>
    /// <param name="how">How the user can say it, such as <c>--from</c>.</param>
    /// <exception cref="UsageException">Neither says anything.</exception>
    public string PromptOr(string? given, string how) => given ?? Prompt ??
        throw new UsageException(
            $"'{Path}' does not say what it shows, as images by glide do; add {how}; \"\" is a prompt too");
}
