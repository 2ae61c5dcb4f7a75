namespace SixLabors.ImageSharp.Formats;

/// <summary>How pixels are stored.</summary>
public class PixelTypeInfo
{
    public PixelTypeInfo(int bitsPerPixel)
    {
        BitsPerPixel = bitsPerPixel;
    }

    public int BitsPerPixel { get; }
}
