using Glide.Cli.Options;
using Glide.Pipelines.Drafts;
using Glide.Pipelines.Sheets;

namespace Glide.Cli.Output;

/// <summary>The files that a run would write, and the room for them.</summary>
/// <param name="views">What is written beside the pictures.</param>
/// <param name="sheet">The numbered sheet in place of the pictures; <c>null</c> where they are written one by one.</param>
/// <param name="output">Where the pictures go; <c>null</c> for the current folder.</param>
internal sealed class ForecastFiles(ViewSettings views, string? sheet, string? output)
{
    /// <summary>What is counted.</summary>
    public IReadOnlyList<string> Names { get; } =
    [
        sheet is null ? "the pictures" : "--sheet",
        .. views.Grid is null ? Array.Empty<string>() : ["--grid"],
        .. views.Film is null ? Array.Empty<string>() : ["--gif"],
    ];

    /// <summary>Bytes on the disk where the pictures go that nobody uses yet.</summary>
    public long FreeBytes
    {
        get
        {
            // The folder may not be there yet; its disk is that of the nearest one that is.
            string path = Path.GetFullPath(sheet ?? output ?? ".");
            while (!Directory.Exists(path))
                path = Path.GetDirectoryName(path)!;
            return new DriveInfo(path).AvailableFreeSpace;
        }
    }

    /// <summary>Bytes that all files take at most.</summary>
    /// <param name="parts">What is made.</param>
    /// <param name="finished">Pictures that are there already; a grid shows them too.</param>
    public long MostBytes(IReadOnlyList<ForecastPart> parts, int finished)
    {
        long bytes = parts.Sum(part => sheet is null ? part.Cost.MostBytesFor(part.Work.Finished) : DraftSheet.MostBytesFor(part.Work.Finished, part.Cost.Width));
        if (views.Grid is not null && parts.Count > 0)
            bytes += ContactSheet.MostBytesFor(parts.Sum(part => part.Work.Finished) + finished, parts.Max(part => part.Cost.Width));
        if (views.Film is { } film)
            bytes += parts.Sum(part => StepFilm.MostBytesFor(film, part.Work.Finished, part.Cost.Width, part.Work.Recipe));
        return bytes;
    }
}
