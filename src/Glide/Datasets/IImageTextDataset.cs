using Glide.Images;

namespace Glide.Datasets;

/// <summary>One readable source of captioned images. Its members may be called by several threads.</summary>
internal interface IImageTextDataset
{
    /// <summary>What the user typed.</summary>
    string Name { get; }

    /// <summary>What kind of data it is, for display.</summary>
    string Kind => "captioned images";

    /// <summary>Number of items, those that cannot be used among them.</summary>
    int Count { get; }

    /// <summary>
    /// Changes whenever an item may have changed, as far as names, sizes and times of files tell; <c>null</c> where
    /// nothing tells, so that nothing prepared from it may be kept.
    /// </summary>
    string? Fingerprint => null;

    /// <summary>What an item is called, good or bad.</summary>
    string NameOf(int index) => $"item {index + 1}";

    /// <summary>Reads and decodes one item.</summary>
    /// <exception cref="GlideException">The item cannot be used; the message says why.</exception>
    DatasetItem Read(int index);
}

/// <summary>An image and its captions.</summary>
/// <param name="Name">What the item is called within its dataset.</param>
/// <param name="Image">The image as it is stored, upright, transparent parts on white.</param>
/// <param name="Captions">At least one; none is empty.</param>
internal sealed record DatasetItem(string Name, RgbImage Image, IReadOnlyList<string> Captions);

/// <summary>An item that cannot be used.</summary>
/// <param name="Name">What the item is called within its dataset.</param>
/// <param name="Reason">Why, on one line.</param>
internal sealed record BadItem(string Name, string Reason)
{
    /// <summary>Reads an item, or says why it cannot be used.</summary>
    /// <param name="dataset">The data.</param>
    /// <param name="index">The item.</param>
    /// <param name="prepare">What is done with its image; may refuse it as <see cref="IImageTextDataset.Read"/>
    /// does.</param>
    /// <exception cref="ResourceException">Memory or disk ran out, which is no fault of the item.</exception>
    public static (DatasetItem? Item, BadItem? Bad) Try(
        IImageTextDataset dataset, int index, Func<RgbImage, RgbImage> prepare)
    {
        try
        {
            var item = dataset.Read(index);
            return (item with { Image = prepare(item.Image) }, null);
        }
        catch (GlideException fault) when (fault is not ResourceException)
        {
            string name = dataset.NameOf(index);
            string reason = fault.Message.ReplaceLineEndings(" ");
            // Messages about images begin with the name, which stands beside the reason already.
            string quoted = $"'{name}' ";
            return (null, new BadItem(name, reason.StartsWith(quoted, StringComparison.Ordinal)
                ? reason[quoted.Length..] : reason));
        }
    }

    /// <summary>The error when no item can be used.</summary>
    /// <param name="where">The data.</param>
    /// <param name="bad">All items.</param>
    public static DatasetException None(string where, IReadOnlyList<BadItem> bad)
    {
        const int shown = 3;
        string which = bad.Count == 1 ? "the only item" : $"none of the {bad.Count} items";
        string first = string.Join("; ", bad.Take(shown).Select(item => $"'{item.Name}': {item.Reason}"));
        return new DatasetException($"{which} in {where} {Counted.Noun(bad.Count, "cannot", "can")} be used; {first}"
            + (bad.Count > shown ? "; ..." : ""));
    }
}

/// <summary>There is no data that can be used; exit code 3.</summary>
internal sealed class DatasetException(string message, Exception? inner = null) : GlideException(message, inner);
