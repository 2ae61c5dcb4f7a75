using System.Net.Http.Headers;
using System.Text.Json;

namespace Glide.ModelSets;

// base.pt.1f3a9c20.part        the bytes so far
// base.pt.1f3a9c20.part.lock   empty; locked while a process owns the part
// base.pt.1f3a9c20.part.json   { "url": "https://...", "e_tag": "\"0x8D9...\"", "bytes": 1540123456 }

/// <summary>An unfinished download: bytes under a temporary name until they are complete and checked.</summary>
/// <remarks>
/// The system releases the lock of a process that dies, so a part that can be locked has no owner and may be resumed.
/// If locks do not work on a file system, two owners still write the same bytes to the same places (same URL and strong
/// ETag), because a part is never truncated or rewritten: starting over uses a new name.
/// </remarks>
internal sealed class PartialFile : IDisposable
{
    private const string Ending = ".part";

    private readonly string _target;
    private readonly string _url;
    private string _path;
    private FileStream _stream;
    private FileStream _lock;
    private bool _finished;

    private PartialFile(string target, string url, string path, FileStream stream, FileStream lockStream,
        PartialRecord? record)
    {
        _target = target;
        _url = url;
        _path = path;
        _stream = stream;
        _lock = lockStream;
        Record = record;
        WasContinued = record is not null;
    }

    /// <summary>Path of the bytes.</summary>
    public string Path => _path;

    public long Length => _stream.Position;

    /// <summary>The file that the bytes belong to; <c>null</c> if the download cannot be resumed.</summary>
    public PartialRecord? Record { get; private set; }

    /// <summary>Whether some of the bytes are from an earlier run.</summary>
    public bool WasContinued { get; private set; }

    /// <summary>
    /// Resumes the longest part without an owner, or begins a new one; other parts without an owner are removed.
    /// </summary>
    public static PartialFile Open(string target, string url)
    {
        string folder = System.IO.Path.GetDirectoryName(target)!;
        string name = System.IO.Path.GetFileName(target);
        (string Path, FileStream Lock, long Length, PartialRecord Record)? best = null;
        foreach (string path in Directory.EnumerateFiles(folder, $"{name}.????????{Ending}")
            .Order(StringComparer.Ordinal))
        {
            if (TryLock(path) is not { } lockStream)
                continue;

            var record = FileRecords.ReadJson(RecordPath(path), ModelSetJson.Default.PartialRecord);
            // A link could lead to a file of somebody else.
            long length = new FileInfo(path) is { Exists: true, LinkTarget: null } info ? info.Length : 0;
            bool isOurs = record?.Url == url && EntityTagHeaderValue.TryParse(record.ETag, out _);
            if (isOurs && length > (best?.Length ?? 0) && length <= (record!.Bytes ?? long.MaxValue))
            {
                if (best is { } shorter)
                    Remove(shorter.Path, shorter.Lock);

                best = (path, lockStream, length, record!);
            }
            else
            {
                Remove(path, lockStream);
            }
        }

        // Files of a part that no longer exists are useless.
        foreach (string companion in Directory.EnumerateFiles(folder, $"{name}.????????{Ending}.*"))
        {
            string path = companion[..companion.LastIndexOf('.')];
            if (!File.Exists(path) && TryLock(path) is { } lockStream)
                Remove(path, lockStream);
        }

        if (best is { } found)
        {
            var stream = OpenStream(found.Path, FileMode.Open);
            stream.Seek(0, SeekOrigin.End);
            return new PartialFile(target, url, found.Path, stream, found.Lock, found.Record);
        }

        var (newPath, newStream, newLock) = Create(target);
        return new PartialFile(target, url, newPath, newStream, newLock, null);
    }

    /// <summary>Discards the bytes and begins a new part.</summary>
    public void StartOver()
    {
        if (Length == 0 && Record is null)
            return;

        _stream.Dispose();
        Remove(_path, _lock);
        (_path, _stream, _lock) = Create(_target);
        Record = null;
        WasContinued = false;
    }

    /// <summary>Records the file that the bytes belong to; without a strong ETag they cannot be resumed.</summary>
    public void Identify(string? strongETag, long? bytes)
    {
        if (strongETag is null)
        {
            Record = null;
            File.Delete(RecordPath(_path));
            return;
        }

        Record = new PartialRecord { Url = _url, ETag = strongETag, Bytes = bytes };
        File.WriteAllBytes(RecordPath(_path), JsonSerializer.SerializeToUtf8Bytes(Record,
            ModelSetJson.Default.PartialRecord));
    }

    public void Append(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    public void Flush() => _stream.Flush(flushToDisk: true);

    /// <summary>Gives the bytes their final name and replaces an existing file.</summary>
    public void Finish()
    {
        _stream.Dispose();
        File.Move(_path, _target, overwrite: true);
        Remove(_path, _lock);
        _finished = true;
    }

    /// <summary>Removes the bytes.</summary>
    public void Discard()
    {
        _stream.Dispose();
        Remove(_path, _lock);
        _finished = true;
    }

    /// <summary>Releases the part: one that can be resumed is kept for the next run, any other is removed.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        if (!_finished && (Record is null || new FileInfo(_path) is not { Exists: true, Length: > 0 }))
            Remove(_path, _lock);

        _lock.Dispose();
    }

    private static string RecordPath(string path) => path + ".json";

    private static string LockPath(string path) => path + ".lock";

    private static FileStream OpenStream(string path, FileMode mode) =>
        new(path, mode, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    /// <summary>The lock of a part without an owner, else <c>null</c>.</summary>
    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(LockPath(path), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None,
                bufferSize: 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static (string Path, FileStream Stream, FileStream Lock) Create(string target)
    {
        for (int tries = 0; tries < 10; tries++)
        {
            string path = $"{target}.{Guid.NewGuid().ToString("N")[..8]}{Ending}";
            var stream = OpenStream(path, FileMode.CreateNew);
            var lockStream = TryLock(path);
            if (lockStream is not null && File.Exists(path))
                return (path, stream, lockStream);

            // Another process took the new part as one without an owner in the meantime.
            stream.Dispose();
            if (lockStream is not null)
                Remove(path, lockStream);
        }

        throw new IOException($"The files in {System.IO.Path.GetDirectoryName(target)} cannot be locked.");
    }

    /// <summary>Removes a part and its files, the lock last.</summary>
    private static void Remove(string path, FileStream lockStream)
    {
        File.Delete(path);
        File.Delete(RecordPath(path));
        if (OperatingSystem.IsWindows())
            lockStream.Dispose();

        File.Delete(LockPath(path));
        lockStream.Dispose();
    }
}

/// <summary>
/// The file that a partial download belongs to; stored next to it, so that a later run can resume it.
/// </summary>
internal sealed record PartialRecord
{
    public required string Url { get; init; }

    /// <summary>The strong ETag, quotes included; only with one can a download be resumed.</summary>
    public required string ETag { get; init; }

    /// <summary>Size of the whole file; <c>null</c> if the server did not say.</summary>
    public long? Bytes { get; init; }
}
