using System.Globalization;

namespace Glide.ModelStore;

/// <summary>Sizes of files in words.</summary>
public static class ByteSize
{
    private static readonly string[] Units = ["bytes", "kB", "MB", "GB", "TB"];

    /// <summary>Three digits and a decimal unit, such as <c>1.54 GB</c>.</summary>
    public static string Text(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
        return value.ToString("F" + decimals, CultureInfo.InvariantCulture) + " " + Units[unit];
    }
}
