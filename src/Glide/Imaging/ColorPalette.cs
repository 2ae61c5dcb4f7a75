namespace Glide.Imaging;

/// <summary>At most 256 colours that stand for all of a picture's.</summary>
/// <remarks>
/// A picture of few colours keeps them. Otherwise the colours, six bits a channel, are split at the median of their
/// longest side until there are 256 boxes (Heckbert 1982), and each box gets its mean.
/// </remarks>
internal sealed class ColorPalette
{
    /// <summary>As many colours as an index byte can name.</summary>
    public const int MostColors = 256;

    private const int ChannelBits = 6;
    private const int BinCount = 1 << (3 * ChannelBits);

    private ColorPalette(byte[] colors, byte[] indexes)
    {
        Colors = colors;
        Indexes = indexes;
    }

    /// <summary>R, G, B of each colour.</summary>
    public byte[] Colors { get; }

    /// <summary>How many colours there are.</summary>
    public int Count => Colors.Length / 3;

    /// <summary>A colour's number for each pixel.</summary>
    public byte[] Indexes { get; }

    /// <summary>Chooses the colours of a picture and gives each pixel the nearest one.</summary>
    public static ColorPalette Of(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Exact(image.Pixels) ?? Reduced(image.Pixels);
    }

    private static ColorPalette? Exact(byte[] pixels)
    {
        var numbers = new Dictionary<int, byte>();
        var colors = new List<byte>();
        var indexes = new byte[pixels.Length / 3];
        for (int i = 0; i < indexes.Length; i++)
        {
            var color = pixels.AsSpan(3 * i, 3);
            int key = (color[0] << 16) | (color[1] << 8) | color[2];
            if (!numbers.TryGetValue(key, out byte number))
            {
                if (numbers.Count == MostColors)
                    return null;
                number = (byte)numbers.Count;
                numbers.Add(key, number);
                colors.AddRange(color);
            }

            indexes[i] = number;
        }

        return new ColorPalette([.. colors], indexes);
    }

    private static ColorPalette Reduced(byte[] pixels)
    {
        var counts = new long[BinCount];
        var sums = new long[3 * BinCount];
        for (int i = 0; i < pixels.Length; i += 3)
        {
            int bin = Bin(pixels, i);
            counts[bin]++;
            for (int c = 0; c < 3; c++)
                sums[(3 * bin) + c] += pixels[i + c];
        }

        var used = Enumerable.Range(0, BinCount).Where(bin => counts[bin] > 0).ToArray();
        var boxes = Split(used, counts);
        var colors = new byte[3 * boxes.Count];
        for (int n = 0; n < boxes.Count; n++)
        {
            long count = boxes[n].Sum(bin => counts[bin]);
            for (int c = 0; c < 3; c++)
                colors[(3 * n) + c] = (byte)Math.Round((double)boxes[n].Sum(bin => sums[(3 * bin) + c]) / count, MidpointRounding.ToEven);
        }

        // The nearest colour may be that of a neighbouring box.
        var nearest = new byte[BinCount];
        foreach (int bin in used)
            nearest[bin] = Nearest(colors, sums.AsSpan(3 * bin, 3), counts[bin]);
        var indexes = new byte[pixels.Length / 3];
        for (int i = 0; i < indexes.Length; i++)
            indexes[i] = nearest[Bin(pixels, 3 * i)];
        return new ColorPalette(colors, indexes);
    }

    private static List<int[]> Split(int[] bins, long[] counts)
    {
        var boxes = new List<int[]> { bins };
        var sizes = new List<(long Weight, int Channel)> { Size(bins, counts) };
        while (boxes.Count < MostColors)
        {
            int widest = 0;
            for (int n = 1; n < boxes.Count; n++)
            {
                if (sizes[n].Weight > sizes[widest].Weight)
                    widest = n;
            }

            if (sizes[widest].Weight == 0)
                break;
            int channel = sizes[widest].Channel;
            var box = boxes[widest].OrderBy(bin => Level(bin, channel)).ThenBy(bin => bin).ToArray();
            long half = box.Sum(bin => counts[bin]) / 2;
            int middle = 0;
            for (long passed = 0; middle < box.Length - 1 && passed + counts[box[middle]] <= half; middle++)
                passed += counts[box[middle]];
            middle = Math.Max(middle, 1);
            boxes[widest] = box[..middle];
            sizes[widest] = Size(boxes[widest], counts);
            boxes.Add(box[middle..]);
            sizes.Add(Size(boxes[^1], counts));
        }

        return boxes;
    }

    // How much a box deserves to be split, and along which channel.
    private static (long Weight, int Channel) Size(int[] bins, long[] counts)
    {
        int channel = 0, longest = -1;
        for (int c = 0; c < 3; c++)
        {
            int low = bins.Min(bin => Level(bin, c)), high = bins.Max(bin => Level(bin, c));
            if (high - low > longest)
                (channel, longest) = (c, high - low);
        }

        return (bins.Sum(bin => counts[bin]) * longest * longest, channel);
    }

    private static byte Nearest(byte[] colors, ReadOnlySpan<long> sum, long count)
    {
        int r = (int)(sum[0] / count), g = (int)(sum[1] / count), b = (int)(sum[2] / count);
        int best = 0, least = int.MaxValue;
        for (int n = 0; n < colors.Length / 3; n++)
        {
            int dr = colors[3 * n] - r, dg = colors[(3 * n) + 1] - g, db = colors[(3 * n) + 2] - b;
            int distance = (dr * dr) + (dg * dg) + (db * db);
            if (distance < least)
                (best, least) = (n, distance);
        }

        return (byte)best;
    }

    private static int Bin(byte[] pixels, int at) =>
        (((pixels[at] >> (8 - ChannelBits) << ChannelBits) | (pixels[at + 1] >> (8 - ChannelBits))) << ChannelBits)
        | (pixels[at + 2] >> (8 - ChannelBits));

    private static int Level(int bin, int channel) => (bin >> (ChannelBits * (2 - channel))) & ((1 << ChannelBits) - 1);
}
