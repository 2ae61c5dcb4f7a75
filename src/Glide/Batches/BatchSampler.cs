using Glide.Pipelines;

namespace Glide.Batches;

/// <summary>Makes pictures of one recipe, all with a source or none, and hands each on when it is finished, in order; <see cref="BatchArtist.Make"/> is one.</summary>
public delegate void BatchSampler(IReadOnlyList<PlannedPicture> pictures, RunOptions options);
