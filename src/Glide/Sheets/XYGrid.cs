using Glide.Images;
using Glide.Pipelines;

namespace Glide.Sheets;

/// <summary>Images in a table: one setting changes from column to column, others from row to row.</summary>
internal sealed class XYGrid
{
    private const int Margin = 8;

    // Smaller images would leave no room for their labels.
    private const int LeastSide = 64;

    private readonly IReadOnlyList<string> _title;
    private readonly IReadOnlyList<string> _rows;
    private readonly IReadOnlyList<string> _columns;
    private readonly GeneratedImage?[] _cells;

    public XYGrid(IReadOnlyList<string> title, IReadOnlyList<string> rows, IReadOnlyList<string> columns)
    {
        ArgumentOutOfRangeException.ThrowIfZero(rows.Count, nameof(rows));
        ArgumentOutOfRangeException.ThrowIfZero(columns.Count, nameof(columns));
        _title = title;
        _rows = rows;
        _columns = columns;
        _cells = new GeneratedImage?[rows.Count * columns.Count];
    }

    /// <summary>Puts an image into its place.</summary>
    /// <param name="place">Counted row by row, from 0.</param>
    /// <param name="image">Smaller images than the largest are centered in their cells.</param>
    public void Put(int place, GeneratedImage image) => _cells[place] = image;

    /// <summary>Whether no image has come yet.</summary>
    public bool IsEmpty => _cells.All(cell => cell is null);

    /// <summary>Writes the sheet; places without an image stay white.</summary>
    /// <returns><c>false</c> where the name is taken and <paramref name="replace"/> does not allow to take
    /// it.</returns>
    /// <exception cref="InvalidOperationException">The sheet is empty.</exception>
    /// <exception cref="ResourceException">The disk is full.</exception>
    public bool TryWrite(string path, bool replace)
    {
        if (IsEmpty)
            throw new InvalidOperationException("There is no image on the sheet.");
        return SheetFile.TryWrite(path, Compose(),
            SheetRecord.Of("sweep", [.. _cells.OfType<GeneratedImage>().Select(image => image.Record)]), replace);
    }

    internal RgbImage Compose()
    {
        RgbImage[] images = [.. _cells.OfType<GeneratedImage>().Select(cell => cell.Image)];
        int least = images.Min(image => Math.Min(image.Width, image.Height));
        int factor = (LeastSide + least - 1) / least;
        int width = images.Max(image => image.Width) * factor, height = images.Max(image => image.Height) * factor;
        int scale = ImageGrid.LetterScale(width);
        int line = (BitmapFont.Height + 3) * scale;
        int left = Margin + _rows.Max(label => BitmapFont.Measure(label, scale)) + Margin;
        int top = Margin + ((_title.Count + 1) * line) + (Margin / 2);
        var sheet = new RgbImage(
            checked(left + (_columns.Count * (width + Margin))), checked(top + (_rows.Count * (height + Margin))));
        Array.Fill(sheet.Pixels, byte.MaxValue);
        for (int i = 0; i < _title.Count; i++)
            Write(_title[i], Margin, Margin + (i * line), sheet.Width - (2 * Margin));
        for (int column = 0; column < _columns.Count; column++)
            Write(_columns[column], left + (column * (width + Margin)), top - line, width);
        for (int row = 0; row < _rows.Count; row++)
        {
            Write(_rows[row], Margin, top + (row * (height + Margin)) + ((height - (BitmapFont.Height * scale)) / 2),
                left);
        }
        for (int place = 0; place < _cells.Length; place++)
        {
            if (_cells[place] is { } cell)
            {
                var image = factor == 1
                    ? cell.Image
                    : Resizing.Bicubic(cell.Image, cell.Image.Width * factor, cell.Image.Height * factor);
                sheet.Paste(image, left + (place % _columns.Count * (width + Margin)) + ((width - image.Width) / 2),
                    top + (place / _columns.Count * (height + Margin)) + ((height - image.Height) / 2));
            }
        }

        return sheet;

        void Write(string text, int x, int y, int room) =>
            BitmapFont.Draw(sheet, BitmapFont.Cut(text, room, scale), x, y, scale, [0, 0, 0]);
    }
}
