using System.Security.Cryptography;
using System.Text.Json;
using System.Text;
using Glide.Images;
using Glide.Pipelines;

namespace Glide.Sheets;

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

/// <summary>A small picture on a sheet, with all that is needed to enlarge it.</summary>
/// <param name="Prompt">What it shows.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="X">Column of its left edge on the sheet.</param>
/// <param name="Y">Row of its top edge.</param>
public sealed record Draft(string Prompt, long Seed, int X, int Y)
{
    /// <summary>What stood in place of the empty prompt.</summary>
    public string Negative { get; init; } = "";

    /// <summary>As in <see cref="PictureRecord.Score"/>.</summary>
    public double? Score { get; init; }

    /// <summary>As in <see cref="PictureRecord.Choice"/>.</summary>
    public PictureChoice? Choice { get; init; }
}

/// <summary>What a sheet of small pictures says about itself: everything that is needed to go on with them.</summary>
public sealed record DraftRecord
{
    private const string SoftwareKey = "Software";
    private const string RecordKey = "glide-drafts";

    /// <summary>How the pictures were made and would be enlarged: the recipe has both stages.</summary>
    public required RunSettings Settings { get; init; }

    /// <summary>Threads of libtorch.</summary>
    public required int Threads { get; init; }

    /// <summary>Side of a small picture in its own pixels.</summary>
    public required int Side { get; init; }

    /// <summary>Pixels of the sheet, along a side, for each pixel of a picture.</summary>
    public required int Magnification { get; init; }

    /// <summary>The pictures: number 1 first.</summary>
    public required IReadOnlyList<Draft> Drafts { get; init; }

    /// <summary>SHA-256 over the sheet's pixels and the rest of this record.</summary>
    public string Hash { get; init; } = "";

    /// <summary>Bytes of the text.</summary>
    internal int Length => Encoding.UTF8.GetByteCount(ToJson());

    /// <summary>The same record with the hash that belongs to a sheet.</summary>
    internal DraftRecord Sealed(RgbImage sheet) => this with { Hash = HashOf(sheet) };

    /// <summary>Whether neither the sheet nor the record was changed.</summary>
    internal bool IsOf(RgbImage sheet) => Hash == HashOf(sheet);

    /// <summary>The text chunks of the PNG.</summary>
    internal IReadOnlyList<KeyValuePair<string, string>> ToTexts() => [new(SoftwareKey, $"glide {Settings.Version}"), new(RecordKey, ToJson())];

    /// <summary>Reads what <see cref="ToTexts"/> wrote; <c>null</c> where there is no such chunk or it is not ours.</summary>
    internal static DraftRecord? FromTexts(IEnumerable<KeyValuePair<string, string>> texts)
    {
        string? json = texts.FirstOrDefault(text => text.Key == RecordKey).Value;
        if (json is null)
            return null;
        try
        {
            return JsonSerializer.Deserialize(json, PictureJson.Default.DraftRecord);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private string HashOf(RgbImage sheet)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(sheet.Pixels);
        hash.AppendData(Encoding.UTF8.GetBytes((this with { Hash = "" }).ToJson()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>One JSON object.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, PictureJson.Default.DraftRecord);
}
