using System.IO.Hashing;
using System.Runtime.InteropServices;
using Glide.Images;
using Glide.Tokenizers;

namespace Glide.Datasets;

/// <summary>What is in a dataset.</summary>
/// <param name="Name">What the user typed.</param>
/// <param name="Kind">What kind of data it is.</param>
/// <param name="Items">All items.</param>
/// <param name="BadItems">Those that cannot be used.</param>
internal sealed record DatasetReport(string Name, string Kind, int Items, IReadOnlyList<BadItem> BadItems)
{
    /// <summary>Tokens that the published models read; the rest of a caption is cut.</summary>
    public const int TextContext = 128;

    public required IReadOnlyList<int> Widths { get; init; }

    public required IReadOnlyList<int> Heights { get; init; }

    /// <summary>Images whose shorter side is shorter than the size asked for.</summary>
    public required int Smaller { get; init; }

    /// <summary>Captions of each image.</summary>
    public required IReadOnlyList<int> Captions { get; init; }

    /// <summary>Tokens of each caption.</summary>
    public required IReadOnlyList<int> Tokens { get; init; }

    /// <summary>Images whose pixels are those of an earlier one.</summary>
    public required int Duplicates { get; init; }

    /// <summary>The items that can be used, by their place.</summary>
    public required IReadOnlyList<int> Usable { get; init; }

    /// <summary>The styles of parts to draw images from, and how many parts each has; else empty.</summary>
    public IReadOnlyList<(string Name, int Parts)> Styles { get; init; } = [];

    /// <summary>Reads every item once.</summary>
    /// <param name="dataset">The data.</param>
    /// <param name="size">Side of the images that a network would be trained on.</param>
    /// <param name="threads">How many items are read at the same time.</param>
    /// <param name="progress">Gets the number of items that were read.</param>
    /// <param name="cancellation">Stops.</param>
    public static DatasetReport Of(
        IImageTextDataset dataset, int size, int threads, Action<int>? progress, CancellationToken cancellation)
    {
        const int aheadOfEachThread = 4;
        using var items = new OrderedAhead<Reading>((0, dataset.Count), threads, aheadOfEachThread * threads,
            (index, _) => Reading.Of(dataset, (int)index, size));
        var bad = new List<BadItem>();
        List<int> widths = [], heights = [], captions = [], tokens = [], usable = [];
        var seen = new HashSet<UInt128>();
        var tokenizer = GlideTokenizer.Load();
        for (int index = 0; index < dataset.Count; index++)
        {
            var item = items.Next(cancellation);
            progress?.Invoke(index + 1);
            if (item.Bad is not null)
            {
                bad.Add(item.Bad);
                continue;
            }
            usable.Add(index);
            widths.Add(item.Width);
            heights.Add(item.Height);
            seen.Add(item.Hash);
            captions.Add(item.Captions.Count);
            tokens.AddRange(item.Captions.Select(caption => tokenizer.Encode(caption).Count));
        }
        return new DatasetReport(dataset.Name, dataset.Kind, dataset.Count, bad)
        {
            Widths = [.. widths.Order()],
            Heights = [.. heights.Order()],
            Smaller = widths.Zip(heights, Math.Min).Count(side => side < size),
            Captions = [.. captions.Order()],
            Tokens = [.. tokens.Order()],
            Duplicates = usable.Count - seen.Count,
            Usable = usable,
            Styles = (dataset as IDrawnDataset)?.Styles ?? [],
        };
    }

    /// <summary>The number that a share of the others does not exceed; the numbers are in their order.</summary>
    public static int Quantile(IReadOnlyList<int> ordered, double share) =>
        ordered[Math.Max(0, (int)Math.Ceiling(share * ordered.Count) - 1)];

    private sealed record Reading(
        BadItem? Bad, int Width, int Height, UInt128 Hash, IReadOnlyList<string> Captions)
    {
        public static Reading Of(IImageTextDataset dataset, int index, int size)
        {
            int width = 0, height = 0;
            UInt128 hash = default;
            // Scaled as in training, which refuses some.
            var (item, bad) = BadItem.Try(dataset, index, image =>
            {
                (width, height) = (image.Width, image.Height);
                hash = HashOf(image);
                return TrainingImage.Scale(image, size);
            });
            return new Reading(bad, width, height, hash, item?.Captions ?? []);
        }

        private static UInt128 HashOf(RgbImage image)
        {
            var hash = new XxHash128();
            hash.Append(MemoryMarshal.AsBytes([image.Width]));
            hash.Append(image.Pixels);
            return hash.GetCurrentHashAsUInt128();
        }
    }
}
