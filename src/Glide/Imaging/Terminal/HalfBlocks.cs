// ESC [38;2;R;G;Bm ESC [48;2;R;G;Bm ▀ ...   the letter's colour is the upper pixel, its ground the lower one
// ESC [0m                                   end of a line
using System.Globalization;
using System.Text;

namespace Glide.Imaging.Terminal;

/// <summary>Pictures from the character ▀ in 24-bit colours (ISO 8613-6): two pixels a character, one above the other.</summary>
internal static class HalfBlocks
{
    private const int None = -1;

    /// <summary>The lines of a picture, without line ends, each ending in the terminal's own colours.</summary>
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
