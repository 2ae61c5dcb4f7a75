namespace Glide.Pipelines.Editing;

/// <summary>Which pixels of a picture stay as they are; the others are painted anew.</summary>
public sealed class KnownMask
{
    private readonly bool[] _known;

    /// <summary>Wraps a mask, without a copy.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="known">Row by row from the top, true where the pixel stays.</param>
    public KnownMask(int width, int height, bool[] known)
    {
        ArgumentNullException.ThrowIfNull(known);
        if (known.LongLength != (long)width * height)
            throw new ArgumentException($"{known.LongLength} values are not {width}×{height}.", nameof(known));
        Width = width;
        Height = height;
        _known = known;
    }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Whether a pixel stays.</summary>
    public bool this[int x, int y] => _known[(y * Width) + x];

    /// <summary>Whether nothing is painted.</summary>
    public bool KeepsAll => !_known.AsSpan().Contains(false);

    /// <summary>Whether nothing stays.</summary>
    public bool KeepsNothing => !_known.AsSpan().Contains(true);

    /// <summary>The opposite mask.</summary>
    public KnownMask Inverted() => new(Width, Height, [.. _known.Select(known => !known)]);

    /// <summary>A square part; what lies beyond the mask's edge is not known.</summary>
    public KnownMask Crop(EditWindow window)
    {
        var part = new bool[window.Size * window.Size];
        for (int y = 0; y < window.Size; y++)
            for (int x = 0; x < window.Size; x++)
                part[(y * window.Size) + x] = Contains(window.X + x, window.Y + y) && this[window.X + x, window.Y + y];
        return new KnownMask(window.Size, window.Size, part);
    }

    /// <summary>A mask of another size, where a pixel is known only if all that lies under it is.</summary>
    public KnownMask Scaled(int width, int height)
    {
        var scaled = new bool[width * height];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                scaled[(y * width) + x] = IsAllKnown(Covered(x, width, Width), Covered(y, height, Height));
        return new KnownMask(width, height, scaled);
    }

    /// <summary>1 for known, 0 for painted, row by row.</summary>
    public float[] ToValues() => Array.ConvertAll(_known, known => known ? 1f : 0f);

    private bool Contains(int x, int y) => x >= 0 && y >= 0 && x < Width && y < Height;

    private static Range Covered(int index, int count, int old) =>
        (int)((long)index * old / count)..(int)((((long)index + 1) * old + count - 1) / count);

    private bool IsAllKnown(Range columns, Range rows)
    {
        for (int y = rows.Start.Value; y < rows.End.Value; y++)
        {
            if (_known.AsSpan(y * Width, Width)[columns].Contains(false))
                return false;
        }
        return true;
    }
}
