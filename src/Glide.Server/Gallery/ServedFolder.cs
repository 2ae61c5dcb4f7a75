using Glide.Batches;
using Glide.Images;
using Glide.Pipelines;
using Glide.Server.Jobs;

namespace Glide.Server.Gallery;

/// <summary>The folder of the server: images and their journal, the list of jobs, what clients have sent.</summary>
internal sealed class ServedFolder : IDisposable
{
    private const string LockName = "glide-jobs.lock";

    private readonly IDisposable _lock;
    private readonly BatchJournal _journal;
    private int _count;

    /// <summary>Makes sure of the folder, and keeps other servers away from it until it is disposed.</summary>
    /// <exception cref="UsageException">It cannot be written, another server uses it, or its journals are damaged.
    /// </exception>
    public ServedFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        if (File.Exists(Path))
            throw new UsageException($"--output is no folder; '{path}' is a file; give the name of a folder");
        GeneratedImageFile.Probe(Path);
        _lock = LockFile.TryLock(PathOf(LockName)) ?? throw new UsageException(
            $"another server uses the folder '{Path}'; its jobs would be made twice; stop that server, or choose "
                + "another folder with --output");
        StaleFiles.Remove(Path, isShared: false);
        _journal = new BatchJournal(Path, Shard.Whole.JournalName);
        _count = _journal.Read().Select(line => line.Number).DefaultIfEmpty(0).Max();
        Jobs = new JobJournal(Path);
        Uploads = new Uploads(Path);
        Images = new ImageIndex(Path);
    }

    public string Path { get; }

    public JobJournal Jobs { get; }

    public Uploads Uploads { get; }

    public ImageIndex Images { get; }

    /// <summary>Is given the path of every image that was written.</summary>
    public Action<string, GeneratedImage> Saved { get; init; } = (_, _) => { };

    /// <summary>Writes an image under a free name, then its line in the journal.</summary>
    /// <param name="image">The image.</param>
    /// <param name="settings">What it depends on.</param>
    /// <param name="source">What it was made from; <c>null</c> for none.</param>
    /// <returns>Its name in the folder.</returns>
    /// <exception cref="ResourceException">The disk is full.</exception>
    public string Save(GeneratedImage image, RunSettings settings, SourceFiles? source)
    {
        string first = OutputNames.For(image.Record.Prompt, image.Record.Seed), name = first;
        for (int number = 2; !GeneratedImageFile.TryWrite(PathOf(name), image, replace: false); number++)
            name = OutputNames.Numbered(first, number);
        _count++;
        _journal.Add(new JournalLine
        {
            Number = _count,
            Line = _count,
            Prompt = image.Record.Prompt,
            Negative = image.Record.Negative,
            And = image.Record.And,
            Seed = image.Record.Seed,
            Settings = settings,
            Source = source,
            Path = name,
            Sha256 = BatchJournal.HashOf(PathOf(name)),
            Seconds = Math.Round(image.Seconds, 3),
        });
        Saved(PathOf(name), image);
        return name;
    }

    /// <summary>The bytes of an image that a job has made.</summary>
    /// <exception cref="UsageException">Somebody has removed it.</exception>
    public byte[] Read(string name)
    {
        try
        {
            return File.ReadAllBytes(PathOf(name));
        }
        catch (IOException exception)
        {
            throw new UsageException($"the image '{name}' was made but cannot be read any more", exception);
        }
    }

    /// <summary>A message as clients may see it: where the folder lies is not their business.</summary>
    public string WithoutPath(string message) =>
        message.Replace(Path + System.IO.Path.DirectorySeparatorChar, "", StringComparison.Ordinal);

    public void Dispose() => _lock.Dispose();

    private string PathOf(string name) => System.IO.Path.Combine(Path, name);
}
