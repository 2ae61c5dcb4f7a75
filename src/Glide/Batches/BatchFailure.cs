namespace Glide.Batches;

/// <summary>A picture of a batch that could not be made.</summary>
/// <param name="Picture">Which.</param>
/// <param name="Error">Why.</param>
public sealed record BatchFailure(PlannedPicture Picture, Exception Error);
