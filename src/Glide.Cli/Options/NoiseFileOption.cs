using System.CommandLine;
using Glide.Inversion;
using Glide.ModelSets;
using Glide.Pipelines;

namespace Glide.Cli.Options;

/// <summary><c>--from-latent</c>: pictures begin with noise that was found and not drawn.</summary>
/// <param name="sampling">What changes the latent's own settings.</param>
/// <param name="sheet">What contradicts it.</param>
internal sealed class LatentOption(SamplingOptions sampling, SheetOption sheet)
{
    /// <summary>The option, for what contradicts it.</summary>
    public Option<string?> File { get; } = OptionValues.Text("--from-latent", [], "FILE",
        "Start from the noise that 'glide invert' found, with its prompt, steps and guidance where none are given, by ddim.",
        path => path.Length > 0 ? null : "a file that 'glide invert' wrote");

    /// <summary>Reads the latent; <c>null</c> where the option is not given.</summary>
    /// <exception cref="UsageException">It cannot be read, or other options contradict it.</exception>
    public Latent? Read(ParseResult parsed)
    {
        if (parsed.GetValue(File) is not { } path)
            return null;
        var latent = LatentFile.Read(path);
        sampling.RefuseBestOf(parsed);
        return sheet.Read(parsed) is null ? latent : throw new UsageException($"{File.Name} and --sheet contradict each other; leave one out");
    }

    /// <summary>How the latent becomes a picture.</summary>
    public Recipe RecipeFor(ParseResult parsed, Latent latent, ModelSet models) =>
        sampling.Apply(parsed, PicturePath.BackFrom(latent.Record, Recipe.For(models, "sample")));

    /// <summary>The pictures: of the latent's own prompt where none is given.</summary>
    public IReadOnlyList<PictureRequest> Requests(ParseResult parsed, Latent latent, string[] prompts) =>
    [
        .. sampling.Requests(parsed, prompts.Length > 0 ? prompts : [latent.Record.Prompt])
            .Select(request => request.Negative.Length > 0 ? request : request with { Negative = latent.Record.Negative }),
    ];
}
