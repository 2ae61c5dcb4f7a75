// ESC P q "1;1;64;64             square pixels, 64×64
// #0;2;100;0;0 #1;2;0;0;50 ...   colors: number, 2 = RGB, each from 0 to 100
// #0!12~$#1!12?~-                a band of six rows: color, run of 12 pieces, back to the left, next color, next band
// ESC \
using System.Globalization;
using System.Text;

namespace Glide.Images.Terminal;

/// <summary>Sixels as DEC's VT330/VT340 Programmer Reference Manual, chapter 14, describes them.</summary>
internal static class Sixels
{
    private const int BandHeight = 6;
    private const int ShortestRun = 4;

    /// <summary>Shows an image at the cursor, pixel by pixel, with at most 256 colors.</summary>
    public static string Encode(RgbImage image)
    {
        var palette = ColorPalette.Of(image);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"\ePq\"1;1;{image.Width};{image.Height}");
        for (int color = 0; color < palette.Count; color++)
        {
            var rgb = palette.Colors.AsSpan(3 * color, 3);
            text.Append(CultureInfo.InvariantCulture,
                $"#{color};2;{Percent(rgb[0])};{Percent(rgb[1])};{Percent(rgb[2])}");
        }

        for (int top = 0; top < image.Height; top += BandHeight)
        {
            if (top > 0)
                text.Append('-');
            AppendBand(text, palette, image.Width, top, Math.Min(BandHeight, image.Height - top));
        }

        return text.Append("\e\\").ToString();
    }

    private static void AppendBand(StringBuilder text, ColorPalette palette, int width, int top, int height)
    {
        var band = palette.Indexes.AsSpan(top * width, height * width);
        var pieces = new byte[palette.Count][];
        for (int i = 0; i < band.Length; i++)
            (pieces[band[i]] ??= new byte[width])[i % width] |= (byte)(1 << (i / width));
        bool isFirst = true;
        for (int color = 0; color < pieces.Length; color++)
        {
            if (pieces[color] is not { } row)
                continue;
            if (!isFirst)
                text.Append('$');
            isFirst = false;
            text.Append(CultureInfo.InvariantCulture, $"#{color}");
            AppendRuns(text, row.AsSpan().TrimEnd((byte)0));
        }
    }

    private static void AppendRuns(StringBuilder text, ReadOnlySpan<byte> row)
    {
        for (int at = 0; at < row.Length;)
        {
            int length = row[at..].IndexOfAnyExcept(row[at]);
            if (length < 0)
                length = row.Length - at;
            char piece = (char)('?' + row[at]);
            if (length >= ShortestRun)
                text.Append(CultureInfo.InvariantCulture, $"!{length}{piece}");
            else
                text.Append(piece, length);
            at += length;
        }
    }

    private static int Percent(byte value) => ((value * 100) + 127) / 255;
}

// ESC [38;2;R;G;Bm ESC [48;2;R;G;Bm ▀ ...   the foreground is the upper pixel, the background the lower one
// ESC [0m                                   end of a line
/// <summary>
/// Images of the character ▀ in 24-bit colors (ISO 8613-6): two pixels per character, one above the other.
/// </summary>
internal static class HalfBlocks
{
    private const int None = -1;

    /// <summary>The lines of an image, without line ends, each of which ends by resetting the colors.</summary>
    public static IReadOnlyList<string> Encode(RgbImage image)
    {
        var lines = new List<string>();
        for (int y = 0; y < image.Height; y += 2)
        {
            var line = new StringBuilder();
            int letter = None, ground = None;
            for (int x = 0; x < image.Width; x++)
            {
                AppendColor(line, 38, ColorAt(image, x, y), ref letter);
                if (y + 1 < image.Height)
                    AppendColor(line, 48, ColorAt(image, x, y + 1), ref ground);
                line.Append('▀');
            }

            lines.Add(line.Append("\e[0m").ToString());
        }

        return lines;
    }

    private static int ColorAt(RgbImage image, int x, int y)
    {
        var pixel = image.Row(y).Slice(3 * x, 3);
        return (pixel[0] << 16) | (pixel[1] << 8) | pixel[2];
    }

    private static void AppendColor(StringBuilder line, int layer, int color, ref int current)
    {
        if (color == current)
            return;
        current = color;
        line.Append(CultureInfo.InvariantCulture, $"\e[{layer};2;{color >> 16};{(color >> 8) & 255};{color & 255}m");
    }
}
