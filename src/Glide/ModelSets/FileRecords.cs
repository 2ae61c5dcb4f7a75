using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Glide.ModelSets;

/// <summary>Hashes of files, recorded next to the files.</summary>
internal static class FileRecords
{
    public static string PathFor(string file) => file + ".record.json";

    /// <summary>The record of a file, even if outdated; <c>null</c> if there is no readable one.</summary>
    public static FileRecord? Read(string file) => ReadJson(PathFor(file), ModelSetJson.Default.FileRecord);

    /// <summary>Whether size and time of the file match the record, so that its hash is still valid.</summary>
    public static bool Holds(FileRecord record, string file)
    {
        var info = new FileInfo(file);
        return info.Exists && info.Length == record.Bytes && info.LastWriteTimeUtc.Ticks == record.Modified;
    }

    /// <summary>
    /// The hash that a file of a set must have: the one that the user accepted, else the description's, else the
    /// recorded one; <c>null</c> if none is known.
    /// </summary>
    public static string? KnownHash(ModelFile file, string path) =>
        Read(path) is { } record && (record.Accepted || file.Sha256 is null) ? record.Sha256 : file.Sha256;

    /// <summary>Records a file's hash, if the folder is writable.</summary>
    public static FileRecord Write(string file, string sha256, string? url, bool accepted = false)
    {
        var info = new FileInfo(file);
        var record = new FileRecord
        {
            Sha256 = sha256,
            Bytes = info.Length,
            Modified = info.LastWriteTimeUtc.Ticks,
            Url = url,
            Accepted = accepted,
        };
        try
        {
            WriteJson(PathFor(file), record, ModelSetJson.Default.FileRecord);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The record saves time and detects changes; the file is usable without it.
        }

        return record;
    }

    /// <summary>
    /// SHA-256 of a file in lower-case hex, from its record if that is valid, else computed and recorded.
    /// </summary>
    public static string HashOf(string file, CancellationToken cancellation = default)
    {
        var record = Read(file);
        if (record is not null && Holds(record, file))
            return record.Sha256;

        string hash = Compute(file, cancellation);
        if (record is null || record.Sha256 == hash)
            Write(file, hash, record?.Url, record?.Accepted ?? false);

        return hash;
    }

    /// <summary>SHA-256 of a file in lower-case hex, computed from its bytes.</summary>
    public static string Compute(string file, CancellationToken cancellation = default)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete,
            bufferSize: 0);
        byte[] buffer = new byte[1 << 20];
        int count;
        while ((count = stream.Read(buffer)) > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, count);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public static T? ReadJson<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), type);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public static void WriteJson<T>(string path, T value, JsonTypeInfo<T> type)
    {
        string temporary = $"{path}.{Guid.NewGuid().ToString("N")[..8]}.tmp";
        try
        {
            File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(value, type));
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}

/// <summary>
/// State of a file when it was last downloaded or hashed; stored next to it as <c>NAME.record.json</c>.
/// </summary>
internal sealed record FileRecord
{
    public required string Sha256 { get; init; }

    public required long Bytes { get; init; }

    /// <summary>
    /// Last write of the file in ticks (UTC): with the size, it shows whether the hash is still valid.
    /// </summary>
    public required long Modified { get; init; }

    /// <summary>Where the file came from; <c>null</c> if it was only hashed.</summary>
    public string? Url { get; init; }

    /// <summary>Whether the user accepted this file in place of the one that the set describes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Accepted { get; init; }
}
