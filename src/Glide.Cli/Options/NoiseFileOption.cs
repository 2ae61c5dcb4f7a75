using System.CommandLine;
using Glide.Inversion;
using Glide.ModelSets;
using Glide.Pipelines;

namespace Glide.Cli.Options;

/// <summary><c>--from-noise</c>: images begin with noise that was found and not drawn.</summary>
/// <param name="sampling">What changes the noise's own settings.</param>
/// <param name="sheet">What contradicts it.</param>
internal sealed class NoiseFileOption(SamplingOptions sampling, SheetOption sheet)
{
    /// <summary>The option, for what contradicts it.</summary>
    public Option<string?> File { get; } = OptionValues.Text("--from-noise", ["--from-latent"], "FILE",
        "Start from the noise that 'glide invert' found, with its prompt, steps and guidance where none are given, by ddim.",
        path => path.Length > 0 ? null : "a file that 'glide invert' wrote");

    /// <summary>Reads the noise; <c>null</c> where the option is not given.</summary>
    /// <exception cref="UsageException">It cannot be read, or other options contradict it.</exception>
    public InvertedNoise? Read(ParseResult parsed)
    {
        if (parsed.GetValue(File) is not { } path)
            return null;
        var noise = NoiseFile.Read(path);
        sampling.RefuseBestOf(parsed);
        return sheet.Read(parsed) is null ? noise : throw new UsageException($"{File.Name} and --sheet contradict each other; leave one out");
    }

    /// <summary>How the noise becomes an image.</summary>
    public Recipe RecipeFor(ParseResult parsed, InvertedNoise noise, ModelSet models) =>
        sampling.Apply(parsed, DeterministicRecipe.BackFrom(noise.Record, Recipe.For(models, "sample")));

    /// <summary>The images: of the noise's own prompt where none is given.</summary>
    public IReadOnlyList<ImageRequest> Requests(ParseResult parsed, InvertedNoise noise, string[] prompts) =>
    [
        .. sampling.Requests(parsed, prompts.Length > 0 ? prompts : [noise.Record.Prompt])
            .Select(request => request.Negative.Length > 0 ? request : request with { Negative = noise.Record.Negative }),
    ];
}
