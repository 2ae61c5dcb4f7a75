using System.Collections;
using System.Runtime.InteropServices;
using Glide.Editing;
using Glide.Images;
using Glide.Pipelines;

namespace Glide.Batches;

/// <summary>
/// Makes the images of a batch: those with equal recipes together, fewer at a time when memory runs out, and past those
/// that cannot be made.
/// </summary>
internal sealed class BatchRunner
{
    private readonly BatchSampler _sample;
    private readonly Func<PlannedImage, int> _batchSizeOf;
    private readonly RunOptions _options;
    private readonly Action<PlannedImage, GeneratedImage> _save;
    private readonly List<BatchFailure> _failures = [];
    private int _done;
    private int _total;
    private Exception? _saveError;

    /// <summary>Prepares a run.</summary>
    /// <param name="sample">Makes the images.</param>
    /// <param name="batchSizeOf">How many like an image go together.</param>
    /// <param name="save">Puts a finished image away; what it throws ends the run.</param>
    /// <param name="options">Warnings, progress, stopping; its <see cref="RunOptions.Finished"/> is not used.</param>
    public BatchRunner(BatchSampler sample, Func<PlannedImage, int> batchSizeOf,
        Action<PlannedImage, GeneratedImage> save, RunOptions options)
    {
        _sample = sample;
        _batchSizeOf = batchSizeOf;
        _save = save;
        _options = options;
    }

    /// <summary>Whether the first image that cannot be made ends the run.</summary>
    public bool FailsFast { get; init; }

    /// <summary>Hears when memory runs out, with the number of images that are tried together next.</summary>
    public Action<int>? Halved { get; init; }

    /// <summary>Hears of an image that cannot be made.</summary>
    public Action<BatchFailure>? Failed { get; init; }

    /// <summary>What could not be made so far.</summary>
    public IReadOnlyList<BatchFailure> Failures => _failures;

    public int Done => _done;

    /// <summary>Makes images.</summary>
    /// <exception cref="ResourceException">A disk is full, or memory does not suffice for one image.</exception>
    /// <exception cref="CheckpointException">A network's weights are missing or refused.</exception>
    /// <exception cref="DownloadException">A network's weights are not there.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public void Make(IReadOnlyList<PlannedImage> images)
    {
        _total += images.Count;
        // Recipes are compared as they are written, which sees into lists too.
        foreach (var group in images.GroupBy(image =>
            (image.Source is null, image.Request.And.Guiding.Count, image.Recipe.ToJson())))
        {
            var rest = group.ToList();
            int size = _batchSizeOf(rest[0]);
            while (rest.Count > 0)
                MakeOrShrink(rest, ref size);
        }
    }

    // Takes what was made, or what cannot be made, off the list; or makes the batches smaller.
    private void MakeOrShrink(List<PlannedImage> rest, ref int size)
    {
        var error = Try(rest, size);
        if (error is null)
            return;
        if (size > 1 && rest.Count > 1 && MemoryErrors.IsOutOfMemory(error))
        {
            size = (Math.Min(size, rest.Count) + 1) / 2;
            Halved?.Invoke(size);
            return;
        }
        if (EndsRun(error))
            throw error;
        // One of the next batch is at fault: alone, each shows whether it is.
        var suspects = rest.Take(size).ToList();
        rest.RemoveRange(0, suspects.Count);
        foreach (var suspect in suspects)
            MakeAlone(suspect, suspects.Count == 1 ? error : null);
    }

    private void MakeAlone(PlannedImage image, Exception? known)
    {
        var error = known ?? Try([image], size: 1);
        if (error is null)
            return;
        if (EndsRun(error))
            throw error;
        var failure = new BatchFailure(image, error);
        _failures.Add(failure);
        Failed?.Invoke(failure);
        if (FailsFast)
            throw new BatchStoppedException();
    }

    private Exception? Try(List<PlannedImage> rest, int size)
    {
        int before = _done;
        var queue = new Queue<PlannedImage>(rest);
        try
        {
            _sample([.. rest], _options with
            {
                BatchSize = size,
                Finished = image => Save(queue.Dequeue(), image),
                Progress = _options.Progress is null ? null : new Shifted(_options.Progress, before, _total),
            });
            return null;
        }
        catch (Exception exception) when (exception is not OperationCanceledException && _saveError is null)
        {
            return exception;
        }
        finally
        {
            rest.RemoveRange(0, _done - before);
        }
    }

    private void Save(PlannedImage planned, GeneratedImage image)
    {
        try
        {
            _save(planned, image);
        }
        catch (Exception exception)
        {
            _saveError = exception;
            throw;
        }
        _done++;
    }

    // Without weights or memory no other image can be made either.
    private static bool EndsRun(Exception error) =>
        error is CheckpointException or DownloadException || MemoryErrors.IsOutOfMemory(error);

    /// <summary>Progress of one run as progress of the batch.</summary>
    private sealed class Shifted(IProgress<GenerationProgress> progress, int before, int total)
        : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => progress.Report(value with
        {
            First = value.First + before,
            ImagesDone = value.ImagesDone + before,
            Images = total,
        });
    }
}

/// <summary>An image of a batch that could not be made.</summary>
/// <param name="Image">Which.</param>
/// <param name="Error">Why.</param>
internal sealed record BatchFailure(PlannedImage Image, Exception Error);

/// <summary>A batch ended at its first failure, as it was asked to.</summary>
internal sealed class BatchStoppedException : GlideException
{
    public BatchStoppedException()
        : base("an image could not be made, and --fail-fast ends the batch there", null)
    {
    }
}

/// <summary>Recognizes that memory ran out, whoever says so.</summary>
internal static class MemoryErrors
{
    /// <summary>Whether an error means that memory, not the disk, did not suffice.</summary>
    public static bool IsOutOfMemory(Exception error) => error switch
    {
        OutOfMemoryException => true,
        ResourceException => error.Message.Contains("memory", StringComparison.OrdinalIgnoreCase),
        ExternalException =>
            error.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) ||
            error.Message.Contains("allocate memory", StringComparison.OrdinalIgnoreCase) ||
            error.Message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase) ||
            error.Message.Contains("bad_alloc", StringComparison.Ordinal),
        _ => false,
    };
}

/// <summary>Makes planned images: whole ones, and parts of others that are read when their turn comes.</summary>
/// <param name="pipeline">Makes them; stays the caller's.</param>
/// <param name="together">Whether images share forward passes on a CPU too, which may change a byte by one.</param>
internal sealed class BatchGenerator(GlidePipeline pipeline, bool together)
{
    /// <summary>Makes images of one recipe, all with a source or none.</summary>
    /// <exception cref="UsageException">A source can no longer be read.</exception>
    public void Make(IReadOnlyList<PlannedImage> images, RunOptions options)
    {
        var recipe = images[0].Recipe;
        if (images[0].Source is null)
        {
            Run([.. images.Select(image => image.Request)], recipe, options);
            return;
        }
        int size = pipeline.SizeOf(recipe);
        int done = 0;
        Run(new OpenedInTurn(images, size), recipe, options with
        {
            Task = "inpaint",
            Finished = painted =>
            {
                var source = Open(images[done++].Source!, size);
                var edit = new EditRecord(InitImage.HashOf(source.Image)) { Windows = [source.Window] };
                options.Finished(source.Finish(painted, source.Paste(painted.Image), edit) with { Raw = null });
            },
        });
    }

    private void Run(IReadOnlyList<ImageRequest> requests, Recipe recipe, RunOptions options)
    {
        if (together)
            pipeline.RunInChunks(requests, recipe, options);
        else
            pipeline.RunInParallel(requests, recipe, options);
    }

    private static PaintedWindow Open(RowSource source, int size)
    {
        var known = source.Open();
        var window = source.Window ?? EditWindow.Around(known.Mask, size);
        return new PaintedWindow(known.Image, known.Mask, window) { Alpha = known.Alpha };
    }

    /// <summary>Requests that read their source when they are asked for, and do not keep it.</summary>
    private sealed class OpenedInTurn(IReadOnlyList<PlannedImage> images, int size) : IReadOnlyList<ImageRequest>
    {
        public int Count => images.Count;

        public ImageRequest this[int index] => images[index].Request with
        {
            Known = Open(images[index].Source!, size)
            .ToKnown()
        };

        public IEnumerator<ImageRequest> GetEnumerator() => Enumerable.Range(0, Count).Select(index => this[index])
            .GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

/// <summary>
/// Makes images of one recipe, all with a source or none, and hands each on when it is finished, in order;
/// <see cref="BatchGenerator.Make"/> is one.
/// </summary>
internal delegate void BatchSampler(IReadOnlyList<PlannedImage> images, RunOptions options);
