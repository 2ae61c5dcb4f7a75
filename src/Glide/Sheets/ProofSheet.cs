using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Glide.Images;
using Glide.Pipelines;

namespace Glide.Sheets;

/// <summary>A numbered sheet of small images, of which some are chosen and enlarged later.</summary>
internal sealed class ProofSheet
{
    // What is smaller is hard to judge by eye.
    private const int LeastSide = 128;
    private const int Margin = 8;

    // Readers of PNG leave longer texts out; an image without its prompt takes less than this.
    private const int MostBytes = 900_000;
    private const int BytesOfImage = 250;

    private readonly RgbImage _sheet;

    private ProofSheet(ProofRecord record, RgbImage sheet)
    {
        Record = record;
        _sheet = sheet;
    }

    /// <summary>What the sheet says about itself.</summary>
    public ProofRecord Record { get; }

    public static long MostBytesFor(int images, int width) =>
        ImageGrid.MostBytesFor(images, width * Math.Max(1, LeastSide / width), columns: null, captionLines: 1, Margin);

    /// <summary>Puts small images on a sheet.</summary>
    /// <param name="images">Of one run, at least one, not enlarged.</param>
    /// <param name="settings">Of a run with both stages.</param>
    public static ProofSheet Of(IReadOnlyList<GeneratedImage> images, RunSettings settings)
    {
        int side = images[0].Image.Width, height = images[0].Image.Height;
        int magnification = Math.Max(1, LeastSide / side);
        var sheet = ImageGrid.Compose([.. images.Select(image => Resizing.Magnify(image.Image, magnification))],
            labels: ImageGrid.Numbers(images.Count), margin: Margin);
        int columns = sheet.Width / ((side * magnification) + Margin);
        int rows = (images.Count + columns - 1) / columns;
        int rowHeight = (sheet.Height - Margin) / rows;
        var record = new ProofRecord
        {
            Settings = settings,
            Threads = images[0].Record.Threads,
            Side = side,
            Height = height == side ? null : height,
            Magnification = magnification,
            Drafts = [.. images.Select((image, index) => new ProofImage(
                image.Record.Prompt, image.Record.Seed, Margin + (index % columns * ((side * magnification) + Margin)),
                    Margin + (index / columns * rowHeight))
            {
                Negative = image.Record.Negative,
                And = image.Record.And,
                Score = image.Record.Score,
                Choice = image.Record.Choice,
            })],
        };
        return new ProofSheet(record.Sealed(sheet), sheet);
    }

    /// <summary>Refuses images whose description would not fit on a sheet, before they are drawn.</summary>
    /// <exception cref="UsageException">There are too many, or their prompts are too long.</exception>
    public static void Check(IReadOnlyList<ImageRequest> requests, RunSettings settings)
    {
        var record = new ProofRecord
        {
            Settings = settings,
            Threads = 0,
            Side = 0,
            Magnification = 0,
            Drafts = [.. requests.Select(request =>
                new ProofImage(request.Prompt, request.Seed, 0, 0)
                {
                    Negative = request.Negative,
                    And = request.And.ToRecord(),
                })],
        };
        long length = record.Length + ((long)BytesOfImage * requests.Count);
        if (length > MostBytes)
        {
            throw new UsageException(
                $"{Counted.Of(requests.Count, "image")} cannot be described on one sheet; what it says would take "
                    + $"{length:N0} bytes; allowed are {MostBytes:N0}; make several sheets");
        }
    }

    /// <summary>Reads a sheet.</summary>
    /// <exception cref="UsageException">It cannot be read, is no sheet, or was changed.</exception>
    public static ProofSheet Read(string path)
    {
        var record = ProofRecord.FromTexts(ImageFile.ReadTexts(path)) ?? throw new UsageException(
            $"'{path}' is no sheet of small images; allowed are files that 'glide sample --no-upsample --sheet' "
                + $"wrote, with their text chunks; another program may have taken them off");
        var sheet = ImageFile.Load(path).Image;
        return record.IsOf(sheet)
            ? new ProofSheet(record, sheet)
            : throw new UsageException(
                $"'{path}' was changed after it was written; the images on it can only be enlarged from the sheet as "
                    + $"it was; make it again or take an untouched copy");
    }

    /// <summary>Writes the sheet.</summary>
    /// <returns><c>false</c> where the name is taken and <paramref name="replace"/> does not allow to take
    /// it.</returns>
    /// <exception cref="ResourceException">The disk is full.</exception>
    public bool TryWrite(string path, bool replace)
    {
        if (!replace)
            return ImageFile.TrySaveNewPng(path, _sheet, Record.ToTexts());
        ImageFile.SavePng(path, _sheet, Record.ToTexts());
        return true;
    }

    /// <summary>An image, ready to be enlarged.</summary>
    /// <param name="number">Its number on the sheet, from 1.</param>
    public ImageRequest Request(int number)
    {
        var draft = Record.Drafts[number - 1];
        var small = new RgbImage(Record.Side, Record.Height ?? Record.Side);
        for (int y = 0; y < small.Height; y++)
        {
            for (int x = 0; x < small.Width; x++)
            {
                _sheet.Row(draft.Y + (y * Record.Magnification)).Slice(3 * (draft.X + (x * Record.Magnification)), 3)
                    .CopyTo(small.Row(y)[(3 * x)..]);
            }
        }
        return new ImageRequest(draft.Prompt, draft.Seed)
        {
            Negative = draft.Negative,
            And = ComposedPrompts.FromRecord(draft.And),
            Small = small,
        };
    }
}

/// <summary>A small image on a sheet, with all that is needed to enlarge it.</summary>
/// <param name="Prompt">What it shows.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="X">Column of its left edge on the sheet.</param>
/// <param name="Y">Row of its top edge.</param>
internal sealed record ProofImage(string Prompt, long Seed, int X, int Y)
{
    /// <summary>What stood in place of the empty prompt.</summary>
    public string Negative { get; init; } = "";

    /// <summary>As in <see cref="ImageMetadata.And"/>.</summary>
    public string? And { get; init; }

    /// <summary>As in <see cref="ImageMetadata.Score"/>.</summary>
    public double? Score { get; init; }

    /// <summary>As in <see cref="ImageMetadata.Choice"/>.</summary>
    public RerankChoice? Choice { get; init; }
}

/// <summary>What a sheet of small images says about itself: everything that is needed to go on with them.</summary>
internal sealed record ProofRecord
{
    private const string SoftwareKey = "Software";
    private const string RecordKey = "glide-drafts";

    /// <summary>How the images were made and would be enlarged: the recipe has both stages.</summary>
    public required RunSettings Settings { get; init; }

    public required int Threads { get; init; }

    /// <summary>Width of a small image in its own pixels.</summary>
    public required int Side { get; init; }

    /// <summary>Its height; <c>null</c> for a square.</summary>
    public int? Height { get; init; }

    /// <summary>Pixels of the sheet, along a side, for each pixel of an image.</summary>
    public required int Magnification { get; init; }

    /// <summary>The images: number 1 first.</summary>
    public required IReadOnlyList<ProofImage> Drafts { get; init; }

    /// <summary>SHA-256 over the sheet's pixels and the rest of this record.</summary>
    public string Hash { get; init; } = "";

    internal int Length => Encoding.UTF8.GetByteCount(ToJson());

    /// <summary>The same record with the hash that belongs to a sheet.</summary>
    internal ProofRecord Sealed(RgbImage sheet) => this with { Hash = HashOf(sheet) };

    /// <summary>Whether neither the sheet nor the record was changed.</summary>
    internal bool IsOf(RgbImage sheet) => Hash == HashOf(sheet);

    internal IReadOnlyList<KeyValuePair<string, string>> ToTexts() =>
        [new(SoftwareKey, $"glide {Settings.Version}"), new(RecordKey, ToJson())];

    /// <summary>What a sheet of small images says about them; <c>null</c> where it does not say.</summary>
    /// <exception cref="UsageException">The file is missing, or it is not an image.</exception>
    public static ProofRecord? Read(string path) => FromTexts(ImageFile.ReadTexts(path));

    /// <summary>
    /// Reads what <see cref="ToTexts"/> wrote; <c>null</c> where there is no such chunk or it is not ours.
    /// </summary>
    internal static ProofRecord? FromTexts(IEnumerable<KeyValuePair<string, string>> texts)
    {
        string? json = texts.FirstOrDefault(text => text.Key == RecordKey).Value;
        return json is null ? null : FormerMetadata.Read(json, SheetJson.Default.ProofRecord);
    }

    private string HashOf(RgbImage sheet)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(sheet.Pixels);
        hash.AppendData(Encoding.UTF8.GetBytes((this with { Hash = "" }).ToJson()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public string ToJson() => JsonSerializer.Serialize(this, SheetJson.Default.ProofRecord);
}
