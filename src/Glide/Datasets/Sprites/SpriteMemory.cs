using System.Collections.Concurrent;

namespace Glide.Datasets.Sprites;

/// <summary>Decoded sprites, shrunk to the sizes at which they are drawn and kept in memory.</summary>
/// <remarks>
/// A sprite is kept at powers of two and drawn from the one that is at least twice as large as it appears. At images of
/// 64 pixels these are 128 and 64 (80 KiB together); at 256 pixels it is 256, the largest (256 KiB). What does not fit
/// is decoded each time it is drawn, with the same pixels.
/// </remarks>
/// <param name="sprites">Where they are read.</param>
/// <param name="mostBytes">Bytes that are kept.</param>
internal sealed class SpriteMemory(SpriteSet sprites, long mostBytes = SpriteMemory.DefaultBytes)
{
    /// <summary>Room for 6,500 sprites at images of 64 pixels, and for 2,000 at 256.</summary>
    public const long DefaultBytes = 512L << 20;

    private const int LargestSide = 256;

    private readonly ConcurrentDictionary<(int Sprite, int Side), SpritePixels> _kept = new();
    private long _bytes;

    /// <summary>Bytes that are kept now.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Side that a sprite is kept at to appear with a length in pixels.</summary>
    public static int SideFor(double length)
    {
        int side = 1;
        while (side < 2 * length && side < LargestSide)
            side *= 2;
        return side;
    }

    /// <summary>Decodes a sprite and keeps it at several sides.</summary>
    /// <exception cref="DatasetException">It is damaged.</exception>
    public void Prepare(int sprite, IEnumerable<int> sides)
    {
        var whole = Decode(sprite);
        foreach (int side in sides)
            Keep(sprite, side, whole);
    }

    /// <summary>The pixels of a sprite to be drawn with a length in pixels.</summary>
    /// <exception cref="DatasetException">It is damaged.</exception>
    public SpritePixels Get(int sprite, double length)
    {
        int side = SideFor(length);
        return _kept.TryGetValue((sprite, side), out var kept) ? kept : Keep(sprite, side, Decode(sprite));
    }

    private SpritePixels Keep(int sprite, int side, SpritePixels whole)
    {
        var pixels = AreaResampling.Shrink(whole, Math.Min(side, whole.Side));
        long length = pixels.Pixels.Length;
        if (Interlocked.Add(ref _bytes, length) > mostBytes || !_kept.TryAdd((sprite, side), pixels))
            Interlocked.Add(ref _bytes, -length);
        return pixels;
    }

    // One that is not square lies in the middle of a square.
    private SpritePixels Decode(int sprite)
    {
        var (image, alpha, _) = sprites.Load(sprite);
        int side = Math.Max(image.Width, image.Height);
        int left = (side - image.Width) / 2, top = (side - image.Height) / 2;
        byte[] pixels = new byte[AreaResampling.Channels * side * side];
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            int opacity = alpha is null ? byte.MaxValue : alpha[i];
            var (y, x) = Math.DivRem(i, image.Width);
            var target = pixels.AsSpan(AreaResampling.Channels * (((top + y) * side) + left + x));
            for (int c = 0; c < 3; c++)
                target[c] = (byte)(((image.Pixels[(3 * i) + c] * opacity) + (byte.MaxValue / 2)) / byte.MaxValue);
            target[3] = (byte)opacity;
        }
        return new SpritePixels(side, pixels);
    }
}
