using Glide.Images;
using Glide.Pipelines;

namespace Glide.Sheets;

/// <summary>All pictures of a run on one sheet, with prompt and seed below each.</summary>
/// <param name="count">Pictures that will come; many are scaled down, so that the sheet stays below 64 megapixels.</param>
public sealed class ContactSheet(int count)
{
    private const long MostPixels = 64_000_000;
    private const int LeastSide = 16;
    private const int PromptLines = 2;

    private readonly List<RgbImage> _pictures = [];
    private readonly List<PictureRecord> _records = [];

    /// <summary>Bytes that a sheet has at most.</summary>
    /// <param name="pictures">How many.</param>
    /// <param name="width">Of each, and its height.</param>
    public static long MostBytesFor(int pictures, int width) => ImageGrid.MostBytesFor(pictures, width, columns: null, PromptLines + 1);

    /// <summary>Pictures so far.</summary>
    public int Count => _pictures.Count;

    /// <summary>Takes a finished picture.</summary>
    public void Add(Picture picture)
    {
        _pictures.Add(Thumbnail(picture.Image));
        _records.Add(picture.Record);
    }

    /// <summary>Writes the sheet.</summary>
    /// <returns><c>false</c> where the name is taken and <paramref name="replace"/> does not allow to take it.</returns>
    /// <exception cref="ResourceException">The disk is full.</exception>
    public bool TryWrite(string path, bool replace) => SheetFile.TryWrite(path, Compose(), SheetRecord.Of("grid", _records), replace);

    internal RgbImage Compose()
    {
        int width = _pictures.Max(picture => picture.Width), height = _pictures.Max(picture => picture.Height);
        int scale = ImageGrid.LetterScale(width);
        return ImageGrid.Compose(
            [.. _pictures.Select(picture => Centred(picture, width, height))],
            labels: [.. _records.Select(record => $"{BitmapFont.Wrap(record.Prompt, width, scale, PromptLines)}\nseed {record.Seed}")]);
    }

    private RgbImage Thumbnail(RgbImage picture)
    {
        int factor = 1;
        while ((long)count * (picture.Width / factor) * (picture.Height / factor) > MostPixels && Math.Min(picture.Width, picture.Height) / (factor + 1) >= LeastSide)
            factor++;
        return factor == 1 ? picture : Resizing.Bicubic(picture, picture.Width / factor, picture.Height / factor);
    }

    private static RgbImage Centred(RgbImage picture, int width, int height)
    {
        if (picture.Width == width && picture.Height == height)
            return picture;
        var cell = new RgbImage(width, height);
        Array.Fill(cell.Pixels, byte.MaxValue);
        cell.Paste(picture, (width - picture.Width) / 2, (height - picture.Height) / 2);
        return cell;
    }
}

/// <summary>One picture of a sheet.</summary>
/// <param name="Prompt">Its prompt.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Recipe">Place of its recipe in <see cref="SheetRecord.Recipes"/>.</param>
public sealed record SheetPicture(string Prompt, long Seed, int Recipe)
{
    /// <summary>What stood in place of the empty prompt; <c>null</c> where nothing did.</summary>
    public string? Negative { get; init; }
}

/// <summary>Writes sheets as pictures are written: whole, and over another file only on request.</summary>
internal static class SheetFile
{
    /// <summary>Writes a PNG with its record.</summary>
    /// <returns><c>false</c> where the name is taken and <paramref name="replace"/> does not allow to take it.</returns>
    /// <exception cref="ResourceException">The disk is full.</exception>
    public static bool TryWrite(string path, RgbImage sheet, SheetRecord record, bool replace)
    {
        if (!replace)
            return ImageFile.TrySaveNewPng(path, sheet, record.ToTexts());
        ImageFile.SavePng(path, sheet, record.ToTexts());
        return true;
    }
}
