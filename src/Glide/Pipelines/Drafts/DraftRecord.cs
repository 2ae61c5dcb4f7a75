using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Glide.Imaging;

namespace Glide.Pipelines.Drafts;

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
