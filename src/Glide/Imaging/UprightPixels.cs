namespace Glide.Imaging;

/// <summary>Takes an image's rows as they are stored and puts every pixel where it is shown.</summary>
internal sealed class UprightPixels
{
    private readonly byte[] _colors;
    private readonly byte[]? _alpha;

    // The first stored pixel's place, and how far away the next one of the row and that below it are.
    private readonly int _first;
    private readonly int _toRight;
    private readonly int _toBelow;

    /// <summary>Makes room for an image.</summary>
    /// <param name="layout">Its size as stored, and its orientation.</param>
    /// <param name="hasAlpha">Whether the opacity is kept.</param>
    public UprightPixels(ImageLayout layout, bool hasAlpha)
    {
        // From 5 on rows are shown as columns.
        bool isTurned = layout.Orientation > 4;
        int width = isTurned ? layout.Height : layout.Width, height = isTurned ? layout.Width : layout.Height;
        Image = new RgbImage(width, height);
        _colors = Image.Pixels;
        _alpha = hasAlpha ? new byte[width * height] : null;
        int right = width - 1, bottom = (height - 1) * width;
        (_first, _toRight, _toBelow) = layout.Orientation switch
        {
            2 => (right, -1, width),
            3 => (right + bottom, -1, -width),
            4 => (bottom, 1, -width),
            5 => (0, width, 1),
            6 => (right, width, -1),
            7 => (right + bottom, -width, -1),
            8 => (bottom, -width, 1),
            _ => (0, 1, width),
        };
    }

    /// <summary>The colours.</summary>
    public RgbImage Image { get; }

    /// <summary>The opacity, one byte a pixel; null where it is not kept.</summary>
    public byte[]? Alpha => _alpha;

    /// <summary>Takes stored row <paramref name="y"/>, four bytes a pixel.</summary>
    public void SetRow(int y, ReadOnlySpan<byte> rgba)
    {
        int at = _first + (y * _toBelow);
        for (int i = 0; i < rgba.Length; i += 4, at += _toRight)
        {
            rgba.Slice(i, 3).CopyTo(_colors.AsSpan(3 * at, 3));
            if (_alpha is not null)
                _alpha[at] = rgba[i + 3];
        }
    }
}
