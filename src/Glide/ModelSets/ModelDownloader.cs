using Glide.Checkpoints;

namespace Glide.ModelSets;

/// <summary>Brings the files of a model set to its folder.</summary>
public sealed class ModelDownloader : IDisposable
{
    private readonly FileDownloader _downloader;

    /// <summary>Makes a downloader that uses the proxies of the environment.</summary>
    public ModelDownloader()
        : this(new DownloadSettings { Inspect = path => CheckpointInfo.Read(path) })
    {
    }

    internal ModelDownloader(DownloadSettings settings) => _downloader = new FileDownloader(settings);

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _downloader.Dispose();

    /// <summary>Downloads what is missing or damaged; files that are there and right are left alone.</summary>
    /// <param name="set">The set; files go to its <see cref="ModelSet.Folder"/>, which is made if missing.</param>
    /// <param name="options">Which files, and from where.</param>
    /// <param name="progress">Told of every piece; may be <c>null</c>.</param>
    /// <param name="cancellation">Stops; what came stays for the next run.</param>
    /// <exception cref="UsageException">An option is at fault, or the folder cannot be written to.</exception>
    /// <exception cref="DownloadException">A file could not be got, or is not what it must be.</exception>
    /// <exception cref="ResourceException">The disk has no room.</exception>
    public async Task<IReadOnlyList<DownloadedFile>> DownloadAsync(
        ModelSet set, DownloadOptions options, IProgress<DownloadProgress>? progress = null, CancellationToken cancellation = default)
    {
        var files = FilesOf(set, options.Only);
        var weights = set.Networks.Values.Select(network => network.Weights).ToHashSet();
        var done = new List<DownloadedFile>();
        foreach (var file in files)
        {
            done.Add(Present(set, file, cancellation) ?? await FetchAsync(set, file, weights.Contains(file), options, progress, cancellation).ConfigureAwait(false));
        }

        return done;
    }

    /// <summary>The files that some networks of a set need, or all networks; each file once.</summary>
    /// <exception cref="UsageException">The set has no such network.</exception>
    internal static IReadOnlyList<ModelFile> FilesOf(ModelSet set, IReadOnlyCollection<string>? only) =>
        [.. (only ?? [.. set.Networks.Keys]).SelectMany(name => set.Network(name).Files()).DistinctBy(file => file.File)];

    /// <summary>The file if it is there and right, else <c>null</c>.</summary>
    private static DownloadedFile? Present(ModelSet set, ModelFile file, CancellationToken cancellation)
    {
        if (set.Find(file) is not { } path)
        {
            return null;
        }

        long length = new FileInfo(path).Length;
        if (length == 0 || (file.Bytes is { } bytes && bytes != length))
        {
            return null;
        }

        string hash = FileRecords.HashOf(path, cancellation);
        string? known = file.Sha256 ?? FileRecords.Read(path)?.Sha256;
        return known is null || known == hash ? new DownloadedFile(file.File, path, length, hash, WasThere: true) : null;
    }

    private async Task<DownloadedFile> FetchAsync(
        ModelSet set, ModelFile file, bool isCheckpoint, DownloadOptions options, IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        string target = Path.Combine(set.Folder, file.File);
        bool fromFolder = options.From is { } from && !from.Contains("://", StringComparison.Ordinal);
        if (options.Offline && !fromFolder)
        {
            throw new DownloadException(
                $"'{file.File}' of model set '{set.Name}' is not on this machine, and --offline forbids the network; looked for {target}; " +
                "run without --offline, or take the files from a folder with --from FOLDER");
        }

        var source = DownloadSource.Of(file, options.From);
        Prepare(set.Folder);
        var request = new DownloadRequest(file, isCheckpoint, source, target, file.Sha256 ?? FileRecords.Read(target)?.Sha256);
        for (int tries = 1; ; tries++)
        {
            try
            {
                string hash = await _downloader.FetchAsync(request, progress, cancellation).ConfigureAwait(false);
                return new DownloadedFile(file.File, target, new FileInfo(target).Length, hash, WasThere: false);
            }
            catch (FileNotFoundException error)
            {
                // Somebody else finished the same download and tidied up, or somebody tidies up with too broad a broom.
                if (Present(set, file, cancellation) is { } present)
                {
                    return present with { WasThere = false };
                }

                if (tries == 2)
                {
                    throw new DownloadException($"the unfinished {file.File} in {set.Folder} was removed while it was downloaded; run the same command again", error);
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
                $"models cannot be stored in {folder}; {error.Message}; set {ModelFolders.Variable}, or give a folder with --folder that can be written to", error);
        }
    }
}

/// <summary>What to download and from where.</summary>
public sealed record DownloadOptions
{
    /// <summary>Names of the networks; <c>null</c> takes all of the set.</summary>
    public IReadOnlyCollection<string>? Only { get; init; }

    /// <summary>A folder, or the URL of one, that holds the files under their plain names; <c>null</c> goes to the publisher.</summary>
    /// <remarks>Plain http is allowed here, because it is asked for, and to this machine; anywhere else only https.</remarks>
    public string? From { get; init; }

    /// <summary>Use no network: files that are missing are an error.</summary>
    public bool Offline { get; init; }
}

/// <summary>How far the download of a file has come.</summary>
/// <param name="File">Plain name of the file.</param>
/// <param name="Received">Bytes that are on disk, those of earlier runs included.</param>
/// <param name="Total">Size of the file; <c>null</c> if nobody said.</param>
/// <param name="Notice">Something worth a line, such as a lost connection, else <c>null</c>.</param>
public sealed record DownloadProgress(string File, long Received, long? Total, string? Notice = null);

/// <summary>A file of a set that is in its place.</summary>
/// <param name="File">Plain name of the file.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its hash in lower-case hex.</param>
/// <param name="WasThere">Whether it had been there before.</param>
public sealed record DownloadedFile(string File, string Path, long Bytes, string Sha256, bool WasThere);
