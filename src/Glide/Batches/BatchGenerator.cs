using System.Collections;
using Glide.Editing;
using Glide.Images;
using Glide.Pipelines;

namespace Glide.Batches;

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
