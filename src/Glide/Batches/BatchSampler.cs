using Glide.Pipelines;

namespace Glide.Batches;

/// <summary>Makes pictures with one recipe and hands each on when it is finished, in order; <see cref="GlidePipeline.Run"/> is one.</summary>
public delegate void BatchSampler(IReadOnlyList<PictureRequest> requests, Recipe recipe, RunOptions options);
