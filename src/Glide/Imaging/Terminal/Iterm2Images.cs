// ESC ] 1337 ; File = inline=1 ; size=3210 ; width=32 ; height=16 ; preserveAspectRatio=0 : <base64 of a PNG> BEL
using System.Globalization;

namespace Glide.Imaging.Terminal;

/// <summary>iTerm2's inline images: https://iterm2.com/documentation-images.html.</summary>
internal static class Iterm2Images
{
    /// <summary>Shows a picture at the cursor.</summary>
    /// <param name="image">The picture; the terminal scales it.</param>
    /// <param name="columns">Width in characters.</param>
    /// <param name="rows">Height in lines.</param>
    public static string Encode(RgbImage image, int columns, int rows)
    {
        byte[] png = ImageFile.ToPng(image);
        return string.Create(CultureInfo.InvariantCulture,
            $"\e]1337;File=inline=1;size={png.Length};width={columns};height={rows};preserveAspectRatio=0:{Convert.ToBase64String(png)}\a");
    }
}
