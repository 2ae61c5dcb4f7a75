using Glide.Checkpoints;

namespace Glide.ModelSets;

/// <summary>Downloads the files of a model set to its folder.</summary>
internal sealed class ModelDownloader : IDisposable
{
    private readonly FileDownloader _downloader;

    /// <summary>Creates a downloader that uses the proxies of the environment.</summary>
    public ModelDownloader()
        : this(new DownloadSettings { Inspect = path => CheckpointInfo.Read(path) })
    {
    }

    internal ModelDownloader(DownloadSettings settings) => _downloader = new FileDownloader(settings);

    public void Dispose() => _downloader.Dispose();

    /// <summary>Downloads missing and damaged files; valid files are kept.</summary>
    /// <param name="set">The set; files go to its <see cref="ModelSet.Folder"/>, which is created if missing.</param>
    /// <param name="options">Which files, and from where.</param>
    /// <param name="progress">Called after every piece; may be <c>null</c>.</param>
    /// <param name="cancellation">Cancels; what has arrived is kept for the next run.</param>
    /// <exception cref="UsageException">An option is invalid, or the folder is not writable.</exception>
    /// <exception cref="DownloadException">A file could not be downloaded, or is not the expected one.</exception>
    /// <exception cref="ResourceException">The disk is full.</exception>
    public async Task<IReadOnlyList<DownloadedFile>> DownloadAsync(
        ModelSet set, DownloadOptions options, IProgress<DownloadProgress>? progress = null,
            CancellationToken cancellation = default)
    {
        var files = FilesOf(set, options.Only);
        var weights = set.Networks.Values.Select(network => network.Weights).ToHashSet();
        var done = new List<DownloadedFile>();
        foreach (var file in files)
        {
            done.Add(Present(set, file, cancellation)
                ?? await FetchAsync(set, file, weights.Contains(file), options, progress, cancellation)
                .ConfigureAwait(false));
        }

        return done;
    }

    /// <summary>The files that networks need, each file once; <c>null</c> takes all networks.</summary>
    /// <exception cref="UsageException">The set has no such network.</exception>
    internal static IReadOnlyList<ModelFile> FilesOf(ModelSet set, IReadOnlyCollection<string>? only) =>
        [.. (only ?? [.. set.Networks.Keys]).SelectMany(name => set.Networks.TryGetValue(name, out var network)
            ? network.Files()
            : throw new UsageException($"bad value for --only; model set '{set.Name}' has no network '{name}'; allowed "
                + $"are {string.Join(", ", set.Networks.Keys)}")).DistinctBy(file => file.File)];

    /// <summary>The file if it exists and is valid, else <c>null</c>.</summary>
    private static DownloadedFile? Present(ModelSet set, ModelFile file, CancellationToken cancellation)
    {
        if (set.Find(file) is not { } path)
            return null;

        long length = new FileInfo(path).Length;
        bool isAccepted = FileRecords.Read(path) is { Accepted: true };
        if (length == 0 || (file.Bytes is { } bytes && bytes != length && !isAccepted))
            return null;

        string hash = FileRecords.HashOf(path, cancellation);
        string? known = FileRecords.KnownHash(file, path);
        return known is null || known == hash
            ? new DownloadedFile(file.File, path, length, hash, WasThere: true)
            : null;
    }

    private async Task<DownloadedFile> FetchAsync(
        ModelSet set, ModelFile file, bool isCheckpoint, DownloadOptions options, IProgress<DownloadProgress>? progress,
            CancellationToken cancellation)
    {
        string target = Path.Combine(set.Folder, file.File);
        bool fromFolder = options.From is { } from && !from.Contains("://", StringComparison.Ordinal);
        if (options.Offline && !fromFolder)
        {
            throw new DownloadException(
                $"'{file.File}' of model set '{set.Name}' is not on this machine, and --offline forbids the network; "
                    + $"looked for {target}; " +
                "run without --offline, or take the files from a folder with --from FOLDER");
        }

        var source = DownloadSource.Of(file, options.From);
        Prepare(set.Folder);
        var request = new DownloadRequest(file, isCheckpoint, source, target, file.Sha256
            ?? (FileRecords.Read(target) is { Accepted: false } record ? record.Sha256 : null));
        for (int tries = 1; ; tries++)
        {
            try
            {
                string hash = await _downloader.FetchAsync(request, progress, cancellation).ConfigureAwait(false);
                return new DownloadedFile(file.File, target, new FileInfo(target).Length, hash, WasThere: false);
            }
            catch (FileNotFoundException error)
            {
                // Another process finished the same download and cleaned up, or deleted too much.
                if (Present(set, file, cancellation) is { } present)
                    return present with { WasThere = false };

                if (tries == 2)
                {
                    throw new DownloadException(
                        $"the unfinished {file.File} in {set.Folder} was removed while it was downloaded; run the "
                            + $"same command again", error);
                }
            }
        }
    }

    private static void Prepare(string folder)
    {
        string probe = Path.Combine(folder, $".{Guid.NewGuid().ToString("N")[..8]}.tmp");
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(
                $"models cannot be stored in {folder}; {error.Message}; set {ModelFolders.Variable}, or give a folder "
                    + $"with --folder that can be written to", error);
        }
    }
}

/// <summary>What to download and from where.</summary>
internal sealed record DownloadOptions
{
    /// <summary>Names of the networks; <c>null</c> takes all networks of the set.</summary>
    public IReadOnlyCollection<string>? Only { get; init; }

    /// <summary>A folder, or the URL of one, that contains the files; <c>null</c> uses the publisher.</summary>
    /// <remarks>
    /// Plain http is allowed for this URL, because it is explicit, and for this machine; otherwise only https.
    /// </remarks>
    public string? From { get; init; }

    /// <summary>Use no network: files that are missing are an error.</summary>
    public bool Offline { get; init; }
}

/// <summary>Progress of the download of a file.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Received">Bytes on disk, including those of earlier runs.</param>
/// <param name="Total">Size of the file; <c>null</c> if it is unknown.</param>
/// <param name="Notice">A message for the user, such as a lost connection, else <c>null</c>.</param>
internal sealed record DownloadProgress(string File, long Received, long? Total, string? Notice = null);

/// <summary>A file of a set on this machine.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Path">Full path of the file.</param>
/// <param name="Bytes">Its size in bytes.</param>
/// <param name="Sha256">Its hash in lower-case hex.</param>
/// <param name="WasThere">Whether it existed before.</param>
internal sealed record DownloadedFile(string File, string Path, long Bytes, string Sha256, bool WasThere);
