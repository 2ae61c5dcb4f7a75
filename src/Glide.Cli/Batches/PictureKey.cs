using Glide.Batches;

namespace Glide.Cli.Batches;

/// <summary>What makes a picture of a batch the same one in another run.</summary>
/// <param name="Line">Line of the batch file.</param>
/// <param name="Seed">Its seed.</param>
internal readonly record struct PictureKey(int Line, long Seed)
{
    /// <summary>Of a planned picture.</summary>
    public static PictureKey Of(PlannedPicture picture) => new(picture.Line, picture.Request.Seed);

    /// <summary>Of a finished one.</summary>
    public static PictureKey Of(JournalLine line) => new(line.Line, line.Seed);
}
