// ESC _ G a=T,f=24,o=z,s=64,v=64,c=32,r=16,i=1,p=1,C=1,q=2,m=1 ; <4096 characters of base64> ESC \
// ESC _ G m=0 ; <the rest> ESC \
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Glide.Images.Terminal;

/// <summary>Kitty's graphics protocol: https://sw.kovidgoyal.net/kitty/graphics-protocol/.</summary>
internal static class KittyGraphics
{
    private const int ChunkLength = 4096;

    /// <summary>Shows an image at the cursor, which does not move; an image with the same number is replaced.</summary>
    /// <param name="image">The image; the terminal scales it.</param>
    /// <param name="columns">Width in characters.</param>
    /// <param name="rows">Height in lines.</param>
    /// <param name="number">Number of the image in the terminal, from 1.</param>
    public static string Encode(RgbImage image, int columns, int rows, int number)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(image.Pixels);
        string data = Convert.ToBase64String(packed.GetBuffer(), 0, (int)packed.Length);
        var text = new StringBuilder();
        // a=T: transmit and show; f=24: RGB; o=z: deflated; C=1: the cursor stays; q=2: no responses.
        text.Append(CultureInfo.InvariantCulture, $"\e_Ga=T,f=24,o=z,s={image.Width},v={image.Height},c={columns},r={rows},i={number},p=1,C=1,q=2,");
        for (int at = 0; at < data.Length; at += ChunkLength)
        {
            if (at > 0)
                text.Append("\e_G");
            int length = Math.Min(ChunkLength, data.Length - at);
            text.Append(at + length < data.Length ? "m=1;" : "m=0;").Append(data, at, length).Append("\e\\");
        }

        return text.ToString();
    }
}

// ESC ] 1337 ; File = inline=1 ; size=3210 ; width=32 ; height=16 ; preserveAspectRatio=0 : <base64 of a PNG> BEL
/// <summary>iTerm2's inline images: https://iterm2.com/documentation-images.html.</summary>
internal static class Iterm2Images
{
    /// <summary>Shows an image at the cursor.</summary>
    /// <param name="image">The image; the terminal scales it.</param>
    /// <param name="columns">Width in characters.</param>
    /// <param name="rows">Height in lines.</param>
    public static string Encode(RgbImage image, int columns, int rows)
    {
        byte[] png = ImageFile.ToPng(image);
        return string.Create(CultureInfo.InvariantCulture,
            $"\e]1337;File=inline=1;size={png.Length};width={columns};height={rows};preserveAspectRatio=0:{Convert.ToBase64String(png)}\a");
    }
}
