using System.Globalization;

namespace Glide.Pipelines.Editing;

/// <summary>A rectangle of pixels.</summary>
/// <param name="X">Left column.</param>
/// <param name="Y">Top row.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
public sealed record PixelRectangle(int X, int Y, int Width, int Height)
{
    /// <summary>Reads <c>X,Y,W,H</c>; <c>null</c> for anything else.</summary>
    public static PixelRectangle? TryParse(string text) =>
        WholeNumbers(text, 4) is [var x, var y, > 0 and var width, > 0 and var height] ? new PixelRectangle(x, y, width, height) : null;

    /// <summary>So many whole numbers from 0 with commas between them; <c>null</c> for anything else.</summary>
    internal static int[]? WholeNumbers(string text, int count)
    {
        string[] parts = text.Split(',');
        int[] numbers = new int[count];
        if (parts.Length != count)
            return null;
        for (int i = 0; i < count; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out numbers[i]))
                return null;
        }
        return numbers;
    }
}
