using System.Globalization;
using Glide.Images;

namespace Glide.Pipelines;

/// <summary>One image to be made.</summary>
/// <param name="Prompt">What it shows; empty for an unconditional one.</param>
/// <param name="Seed">0 to 2⁶³−1; the same seed gives the same image at every batch size.</param>
public sealed record ImageRequest(string Prompt, long Seed)
{
    /// <summary>What stands in place of the empty prompt in classifier-free guidance.</summary>
    public string Negative { get; init; } = "";

    /// <summary>Further prompts that guide the same image.</summary>
    internal ComposedPrompts And { get; init; } = ComposedPrompts.None;

    /// <summary>All that the image shows in one text, for what knows no weights.</summary>
    internal string JoinedPrompt => And.Join(Prompt);

    /// <summary>An image of which a part stays; <c>null</c> to draw a whole one.</summary>
    internal KnownImage? Known { get; init; }

    /// <summary>An image that the run starts from: to be drawn anew in part, or to be enlarged.</summary>
    internal RgbImage? Start { get; init; }

    /// <summary>
    /// The first stage's image, where it was drawn before: only the second stage runs. All requests of a run have one,
    /// or none.
    /// </summary>
    internal RgbImage? Small { get; init; }

    /// <summary>Noise that the base starts from in place of the seed's; <c>null</c> for the seed's.</summary>
    internal InvertedNoise? InvertedNoise { get; init; }

    /// <summary>
    /// How much of the way is gone from <see cref="InvertedNoise"/> to the seed's own noise, on the sphere; 0 to 1.
    /// </summary>
    internal double NoiseMixWeight { get; init; }

    /// <summary>A prompt that this one is mixed with; <c>null</c> for none.</summary>
    internal PromptBlend? Blend { get; init; }
}

/// <summary>A further prompt of an image.</summary>
/// <param name="Prompt">What it says.</param>
/// <param name="Weight">Its share of the guidance scale: 1 for as much as the image's own prompt, below 0 away from
/// it.</param>
internal sealed record ComposedPrompt(string Prompt, double Weight);

/// <summary>Further prompts that guide one image: ε = ε(∅) + s·(ε(c) − ε(∅)) + Σ s·wᵢ·(ε(cᵢ) − ε(∅)).</summary>
/// <remarks>Liu et al. 2022 (Composable Diffusion), section 4; the separator is that of the paper's demo.</remarks>
internal sealed class ComposedPrompts
{
    /// <summary>Far more than an image has room for; each costs a row in every pass.</summary>
    public const int Most = 16;

    // A clock at 10:30 has no weight of 30.
    private const double MostWeight = 10;

    private const char Separator = '|';

    private ComposedPrompts(IReadOnlyList<ComposedPrompt> all)
    {
        All = all;
        Guiding = [.. all.Where(prompt => prompt.Weight != 0)];
    }

    public static ComposedPrompts None { get; } = new(all: []);

    /// <summary>All, in the order in which they were given.</summary>
    public IReadOnlyList<ComposedPrompt> All { get; }

    /// <summary>Those that change the image: what has the weight 0 is not computed.</summary>
    public IReadOnlyList<ComposedPrompt> Guiding { get; }

    /// <summary>Reads "PROMPT[:WEIGHT]", or several with | between them.</summary>
    /// <exception cref="UsageException">A prompt is empty, a weight is out of range, or there are too many.</exception>
    public static ComposedPrompts Parse(string text) =>
        Of([.. text.Split(Separator).Select(part => ParseOne(part.Trim()))]);

    /// <summary>Reads what <see cref="ToRecord"/> wrote.</summary>
    /// <inheritdoc cref="Parse"/>
    public static ComposedPrompts FromRecord(string? text) => text is null ? None : Parse(text);

    /// <summary>The prompts as <see cref="Parse"/> reads them; <c>null</c> for none.</summary>
    public string? ToRecord() => All.Count == 0 ? null : ToString();

    /// <summary>These and others behind them.</summary>
    /// <exception cref="UsageException">There are too many.</exception>
    public ComposedPrompts With(ComposedPrompts others) => Of([.. All, .. others.All]);

    /// <summary>A prompt and those of the others that have a weight above 0.</summary>
    public string Join(string prompt) => string.Join(" and ", All.Where(other => other.Weight > 0)
        .Select(other => other.Prompt).Prepend(prompt).Where(part => part.Length > 0));

    /// <summary>The prompts as <see cref="Parse"/> reads them.</summary>
    public override string ToString() => string.Join($" {Separator} ", All.Select(each =>
        each.Weight != 1 || HasWeight(each.Prompt)
            ? string.Create(CultureInfo.InvariantCulture, $"{each.Prompt}:{each.Weight}")
            : each.Prompt));

    private static ComposedPrompts Of(IReadOnlyList<ComposedPrompt> all) => all.Count <= Most
        ? new ComposedPrompts(all)
        : throw new UsageException(
            $"--and is given too many prompts; found {all.Count}; allowed are {Most} beside the image's own; "
                + "leave some out");

    private static ComposedPrompt ParseOne(string text)
    {
        int colon = text.LastIndexOf(':');
        string prompt = HasWeight(text) ? text[..colon].TrimEnd() : text;
        if (prompt.Length == 0)
        {
            throw new UsageException(
                $"bad value for --and; found '{text}'; allowed is PROMPT[:WEIGHT] with a prompt that is not empty");
        }
        if (prompt.Length == text.Length)
            return new ComposedPrompt(text, 1);
        bool isNumber = double.TryParse(text.AsSpan(colon + 1), NumberStyles.Float, CultureInfo.InvariantCulture,
            out double weight);
        return isNumber && Math.Abs(weight) <= MostWeight
            ? new ComposedPrompt(prompt, weight)
            : throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                $"bad value for --and; found the weight '{text[(colon + 1)..]}'; allowed is a number from "
                    + $"{-MostWeight} to {MostWeight}, with a point for decimals; add :1 if the colon is part of the "
                    + $"prompt"));
    }

    // Whether the text ends with a colon and what looks like a number.
    private static bool HasWeight(string text)
    {
        string tail = text[(text.LastIndexOf(':') + 1)..].Trim();
        return text.Contains(':') && tail.Any(char.IsAsciiDigit)
            && tail.All(c => char.IsAsciiDigit(c) || "+-.,".Contains(c));
    }
}

/// <summary>A finished image.</summary>
/// <param name="Image">The pixels.</param>
/// <param name="Base">The small image that it was enlarged from; the same as <paramref name="Image"/> without a second
/// stage.</param>
/// <param name="Record">How it was made.</param>
/// <param name="Seconds">Its share of the time that its batch took.</param>
public sealed record GeneratedImage(RgbImage Image, RgbImage Base, ImageMetadata Record, double Seconds)
{
    /// <summary>
    /// The network's own square, where <see cref="Image"/> is a larger image with it pasted in; else <c>null</c>.
    /// </summary>
    public RgbImage? Raw { get; init; }

    /// <summary>Opacity, one byte a pixel, where the image was made from a transparent one; else <c>null</c>.</summary>
    internal byte[]? Alpha { get; init; }

    /// <summary>Which of the run's requests it belongs to, from 0.</summary>
    public int Number { get; init; }
}
