using Glide.Batches;
using Glide.Editing;
using Glide.Images;
using Glide.Inversion;
using Glide.Pipelines;

namespace Glide.Server.Jobs;

/// <summary>What a job makes: everything is checked, nothing is loaded.</summary>
/// <param name="Task">One of <see cref="JobTasks.All"/>.</param>
/// <param name="Requests">The images, with their seeds.</param>
/// <param name="Recipe">How they are made.</param>
internal sealed record JobPlan(string Task, IReadOnlyList<ImageRequest> Requests, Recipe Recipe)
{
    /// <summary>What is painted into; <c>null</c> for other tasks.</summary>
    public RowSource? Source { get; init; }

    /// <summary>The image that the task starts from; <c>null</c> for a task that has none or paints.</summary>
    public string? ImagePath { get; init; }

    /// <summary>What the journal says about the image; <c>null</c> where there is none.</summary>
    public SourceFiles? Files { get; init; }

    /// <summary>How much variations differ from their image, 0 to 1.</summary>
    public double Amount { get; init; }

    /// <summary>Makes the images.</summary>
    /// <param name="pipeline">The models.</param>
    /// <param name="options">Gets the images, progress and previews; stops the run.</param>
    public void Run(GlidePipeline pipeline, RunOptions options)
    {
        options = options with { Task = Task };
        if (Source is { } source)
        {
            var known = source.Open();
            new Inpainting(pipeline, Recipe) { Window = source.Window, Alpha = known.Alpha }.Run(
                known.Image, [new PaintStep(known.Mask)], Requests,
                options with { Finished = made => options.Finished(made with { Raw = null }) });
            return;
        }
        if (ImagePath is null)
        {
            pipeline.Run(Requests, Recipe, options);
            return;
        }
        var image = InitImage.Load(ImagePath);
        switch (Task)
        {
            case JobTasks.Upscale:
                new Upscaling(pipeline, Recipe) { Alpha = image.Alpha }.Run(image.Image, Requests, options);
                break;
            case JobTasks.Vary:
                new Variation(pipeline, Recipe) { Amount = Amount }.Run(image.Image, Requests, options);
                break;
            default:
                new Img2Img(pipeline, Recipe)
                {
                    Alpha = image.Alpha,
                    Strength = Recipe.Base.Strength!.Value,
                    KeepStructure = Recipe.Base.KeepStructure,
                    KeepStructureUntil = Recipe.Base.KeepStructureUntil,
                }.Run(image.Image, Requests, options);
                break;
        }
    }
}

/// <summary>What a job does; the names are those of the commands.</summary>
internal static class JobTasks
{
    public const string Sample = "sample", Inpaint = "inpaint", Edit = "edit", Upscale = "upscale", Vary = "vary";

    public static IReadOnlyList<string> All { get; } = [Sample, Inpaint, Edit, Upscale, Vary];
}
