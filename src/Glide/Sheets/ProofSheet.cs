using Glide.Imaging;

namespace Glide.Pipelines.Drafts;

/// <summary>A numbered sheet of small pictures, of which some are chosen and enlarged later.</summary>
public sealed class DraftSheet
{
    // What is smaller is hard to judge by eye.
    private const int LeastSide = 128;
    private const int Margin = 8;

    // Readers of PNG leave longer texts out; a picture without its prompt takes less than this.
    private const int MostBytes = 900_000;
    private const int BytesOfPicture = 250;

    private readonly RgbImage _sheet;

    private DraftSheet(DraftRecord record, RgbImage sheet)
    {
        Record = record;
        _sheet = sheet;
    }

    /// <summary>What the sheet says about itself.</summary>
    public DraftRecord Record { get; }

    /// <summary>Bytes that a sheet has at most.</summary>
    /// <param name="pictures">How many.</param>
    /// <param name="width">Of each, and its height.</param>
    public static long MostBytesFor(int pictures, int width) =>
        ImageGrid.MostBytesFor(pictures, width * Math.Max(1, LeastSide / width), columns: null, captionLines: 1, Margin);

    /// <summary>Puts small pictures on a sheet.</summary>
    /// <param name="pictures">Of one run, at least one, not enlarged.</param>
    /// <param name="settings">Of a run with both stages.</param>
    public static DraftSheet Of(IReadOnlyList<Picture> pictures, RunSettings settings)
    {
        int side = pictures[0].Image.Width;
        int magnification = Math.Max(1, LeastSide / side);
        var sheet = ImageGrid.Compose([.. pictures.Select(picture => Magnified(picture.Image, magnification))], labels: ImageGrid.Numbers(pictures.Count), margin: Margin);
        int columns = sheet.Width / ((side * magnification) + Margin);
        int rows = (pictures.Count + columns - 1) / columns;
        int rowHeight = (sheet.Height - Margin) / rows;
        var record = new DraftRecord
        {
            Settings = settings,
            Threads = pictures[0].Record.Threads,
            Side = side,
            Magnification = magnification,
            Drafts = [.. pictures.Select((picture, index) => new Draft(
                picture.Record.Prompt, picture.Record.Seed, Margin + (index % columns * ((side * magnification) + Margin)), Margin + (index / columns * rowHeight))
            {
                Negative = picture.Record.Negative,
                Score = picture.Record.Score,
                Choice = picture.Record.Choice,
            })],
        };
        return new DraftSheet(record.Sealed(sheet), sheet);
    }

    /// <summary>Refuses pictures whose description would not fit on a sheet, before they are drawn.</summary>
    /// <exception cref="UsageException">There are too many, or their prompts are too long.</exception>
    public static void Check(IReadOnlyList<PictureRequest> requests, RunSettings settings)
    {
        var record = new DraftRecord
        {
            Settings = settings,
            Threads = 0,
            Side = 0,
            Magnification = 0,
            Drafts = [.. requests.Select(request => new Draft(request.Prompt, request.Seed, 0, 0) { Negative = request.Negative })],
        };
        long length = record.Length + ((long)BytesOfPicture * requests.Count);
        if (length > MostBytes)
            throw new UsageException($"{requests.Count} pictures are too many for one sheet; what it says about them would take {length:N0} bytes; allowed are {MostBytes:N0}; make several sheets");
    }

    /// <summary>Reads a sheet.</summary>
    /// <exception cref="UsageException">It cannot be read, is no sheet, or was changed.</exception>
    public static DraftSheet Read(string path)
    {
        var record = DraftRecord.FromTexts(PngText.Read(path)) ?? throw new UsageException(
            $"'{path}' is no sheet of small pictures; allowed are files that 'glide sample --no-upsample --sheet' wrote, with their text chunks; another program may have taken them off");
        var sheet = ImageFile.Load(path).Image;
        return record.IsOf(sheet)
            ? new DraftSheet(record, sheet)
            : throw new UsageException($"'{path}' was changed after it was written; the pictures on it can only be enlarged from the sheet as it was; make it again or take an untouched copy");
    }

    /// <summary>Writes the sheet.</summary>
    /// <returns><c>false</c> where the name is taken and <paramref name="replace"/> does not allow to take it.</returns>
    /// <exception cref="ResourceException">The disk is full.</exception>
    public bool TryWrite(string path, bool replace)
    {
        if (!replace)
            return ImageFile.TrySaveNewPng(path, _sheet, Record.ToTexts());
        ImageFile.SavePng(path, _sheet, Record.ToTexts());
        return true;
    }

    /// <summary>A picture, ready to be enlarged.</summary>
    /// <param name="number">Its number on the sheet, from 1.</param>
    public PictureRequest Request(int number)
    {
        var draft = Record.Drafts[number - 1];
        var small = new RgbImage(Record.Side, Record.Side);
        for (int y = 0; y < Record.Side; y++)
            for (int x = 0; x < Record.Side; x++)
                _sheet.Row(draft.Y + (y * Record.Magnification)).Slice(3 * (draft.X + (x * Record.Magnification)), 3).CopyTo(small.Row(y)[(3 * x)..]);
        return new PictureRequest(draft.Prompt, draft.Seed) { Negative = draft.Negative, Small = small };
    }

    private static RgbImage Magnified(RgbImage picture, int factor)
    {
        var large = new RgbImage(picture.Width * factor, picture.Height * factor);
        for (int y = 0; y < large.Height; y++)
            for (int x = 0; x < large.Width; x++)
                picture.Row(y / factor).Slice(3 * (x / factor), 3).CopyTo(large.Row(y)[(3 * x)..]);
        return large;
    }
}
