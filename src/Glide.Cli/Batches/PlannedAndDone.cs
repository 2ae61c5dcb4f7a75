using Glide.Batches;

namespace Glide.Cli.Batches;

/// <summary>A picture of a batch that goes on, and what earlier runs have left of it.</summary>
/// <param name="Picture">What is planned now.</param>
/// <param name="Known">Its line in the journal of this run's share, whether or not its file is still whole.</param>
/// <param name="Done">The line of its file, in whichever journal; <c>null</c> where it is to be made.</param>
internal sealed record PlannedAndDone(PlannedPicture Picture, JournalLine? Known, JournalLine? Done);
