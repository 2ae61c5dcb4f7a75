using Glide.Imaging;
using Glide.Pipelines;
using Glide.Pipelines.Editing;

namespace Glide.Cli.Options;

/// <summary>A picture of the user's and what it shows, as far as that is known.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Image">Its pixels.</param>
/// <param name="Prompt">What the picture says itself; <c>null</c> where it does not.</param>
internal sealed record PromptedPicture(string Path, RgbImage Image, string? Prompt)
{
    /// <summary>Reads a PNG or JPEG.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public static PromptedPicture Load(string path) => new(path, SourcePicture.Load(path).Image, PictureFile.ReadRecord(path)?.Prompt);

    /// <summary>What the user says that it shows, else what it says itself.</summary>
    /// <param name="given">The user's words; <c>null</c> for none.</param>
    /// <param name="how">How the user can say it, such as <c>--from</c>.</param>
    /// <exception cref="UsageException">Neither says anything.</exception>
    public string PromptOr(string? given, string how) => given ?? Prompt ??
        throw new UsageException($"'{Path}' does not say what it shows, as pictures by glide do; add {how}; \"\" is a prompt too");
}
