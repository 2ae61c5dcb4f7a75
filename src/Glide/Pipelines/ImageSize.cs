using System.Globalization;
using Glide.Models;
using Glide.ModelSets;

namespace Glide.Pipelines;

/// <summary>Width and height of an image in pixels.</summary>
internal readonly record struct ImageSize(int Width, int Height)
{
    private const string Example = "WIDTHxHEIGHT, such as 384x256, or one number for a square";

    /// <summary>The larger of both.</summary>
    public int Side => Math.Max(Width, Height);

    public long Pixels => (long)Width * Height;

    /// <summary>[C, H, W] of such an image.</summary>
    public long[] Shape => [UNetConfig.ImageChannels, Height, Width];

    /// <summary>Reads "384x256", or "256" for a square.</summary>
    /// <exception cref="UsageException">The text is neither.</exception>
    public static ImageSize Parse(string text)
    {
        string[] sides = text.Trim().Split('x', 'X', '×');
        return sides.Length <= 2 && TryParse(sides[0], out int width) && TryParse(sides[^1], out int height)
            ? new ImageSize(width, height)
            : throw new UsageException($"size '{text}' is not understood; allowed is {Example}");

        static bool TryParse(string side, out int value) =>
            int.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out value)
                && value is > 0 and <= UNetConfig.MostOfAnySize;
    }

    /// <summary>The size of the images that a network was trained on.</summary>
    public static ImageSize Of(UNetConfig network) => new(network.ImageSize, network.ImageSize);

    /// <summary>The size of the images that a stage makes.</summary>
    /// <exception cref="UsageException">Its network cannot make the size that its recipe asks for.</exception>
    public static ImageSize Of(StageRecipe stage, UNetConfig network)
    {
        if (stage.Size is not { } text)
            return Of(network);
        var size = Parse(text);
        return AllowedSides.Of(network).Fault(size) is { } fault
            ? throw new UsageException($"the network '{stage.Network}' cannot make images of {size} pixels; {fault}")
            : size;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Width}x{Height}");
}

/// <summary>Which widths and heights images may have.</summary>
/// <param name="Multiple">All are multiples of it.</param>
/// <param name="Least">The smallest.</param>
/// <param name="Most">The largest.</param>
internal sealed record AllowedSides(int Multiple, int Least, int Most)
{
    // Half to twice the side that a network was trained on: beyond it parts of a prompt appear twice, or not at all.
    private const int Range = 2;

    /// <summary>The sides that a network can make: every level but the last halves them.</summary>
    public static AllowedSides Of(UNetConfig network) =>
        Around(network.ImageSize, 1 << (network.ChannelMult.Count - 1));

    /// <summary>Multiples of a number within the range of a side.</summary>
    public static AllowedSides Around(int side, int multiple) => new(
        multiple, Math.Max(multiple, (side + (Range * multiple) - 1) / (Range * multiple) * multiple),
        side * Range / multiple * multiple);

    /// <summary>States what is allowed, with the nearest sides; <c>null</c> for an allowed size.</summary>
    public string? Fault(ImageSize size)
    {
        int[] wrong = [.. new[] { size.Width, size.Height }.Distinct().Where(side => !Allows(side))];
        return wrong.Length == 0 ? null : $"allowed are multiples of {Multiple} from {Least} to {Most} for width and "
            + $"height; nearest to {string.Join("; nearest to ", wrong.Select(Nearest))}";
    }

    private bool Allows(int side) => side >= Least && side <= Most && side % Multiple == 0;

    private string Nearest(int side)
    {
        int below = Math.Clamp(side / Multiple * Multiple, Least, Most);
        int above = Math.Clamp(below + Multiple, Least, Most);
        if (side <= Least || side >= Most)
            return $"{side} is {(side <= Least ? Least : Most)}";
        return below == above ? $"{side} is {below}" : $"{side} are {below} and {above}";
    }
}

/// <summary>Gives the stages of a cascade the sizes at which the finished image has a certain one.</summary>
/// <param name="networks">Configurations of the stages' networks, in the order of the stages.</param>
internal sealed class CascadeSizes(IReadOnlyList<UNetConfig> networks)
{
    public static CascadeSizes Of(ModelSet models, Recipe recipe) =>
        new([.. recipe.Stages.Select(stage => ModelCache.SettingsOf(models, stage.Network))]);

    /// <summary>The side of the images of each stage, if nobody chooses a size.</summary>
    public static IReadOnlyList<int> UsualSides(ModelSet models, Recipe recipe) =>
        [.. recipe.Stages.Select(stage => ModelCache.SettingsOf(models, stage.Network).ImageSize)];

    private int FinishedSide => networks[^1].ImageSize;

    /// <summary>The recipe at another size; all stages scale alike.</summary>
    /// <param name="recipe">With all its stages.</param>
    /// <param name="size">Size of the finished image.</param>
    /// <param name="label">What gave it, for the error message.</param>
    /// <exception cref="UsageException">The networks cannot make that size.</exception>
    public Recipe Apply(Recipe recipe, ImageSize size, string label)
    {
        if (size == ImageSize.Of(networks[^1]))
            return recipe;
        if (Sides().Fault(size) is { } fault)
        {
            string found = size.Width == size.Height ? $"{size.Width}" : $"{size}";
            throw new UsageException($"bad value for {label}; found '{found}'; {fault}");
        }
        return Recipe.Of([.. recipe.Stages.Zip(networks, (stage, network) => stage with
        {
            Size = $"{new ImageSize(size.Width / FactorOf(network), size.Height / FactorOf(network))}",
        })]);
    }

    // A side of the finished image is that of each stage times its factor.
    private AllowedSides Sides() => AllowedSides.Around(FinishedSide, networks
        .Select(network => AllowedSides.Of(network).Multiple * FactorOf(network)).Aggregate(LeastCommonMultiple));

    private int FactorOf(UNetConfig network) => FinishedSide % network.ImageSize == 0
        ? FinishedSide / network.ImageSize
        : throw new UsageException(
            $"this model set makes images of one size only, {ImageSize.Of(networks[^1])}; {FinishedSide} is no "
                + $"multiple of {network.ImageSize}, the size of an earlier stage; leave --size out");

    private static int LeastCommonMultiple(int a, int b)
    {
        int multiple = a;
        while (multiple % b != 0)
            multiple += a;
        return multiple;
    }
}
