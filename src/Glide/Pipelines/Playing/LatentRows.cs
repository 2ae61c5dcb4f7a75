using static TorchSharp.torch;

namespace Glide.Pipelines.Playing;

/// <summary>The noise that requests bring along, as what a stage starts from.</summary>
internal static class LatentRows
{
    /// <summary>Adds it to the rows; the tensors are the caller's scope's.</summary>
    /// <param name="rows">Prompts and all else.</param>
    /// <param name="requests">The same pictures: all with a latent, or none.</param>
    /// <param name="device">Where the network is.</param>
    public static StageRows Add(StageRows rows, IReadOnlyList<PictureRequest> requests, Device device)
    {
        if (requests[0].Latent is null)
            return rows;
        using var scope = NewDisposeScope();
        return rows with
        {
            Latent = cat(requests.Select(request => request.Latent!.ToTensor()).ToArray(), dim: 0).to(device).MoveToOuterDisposeScope(),
            Fresh = [.. requests.Select(request => request.Fresh)],
        };
    }

    /// <summary>x of the first step.</summary>
    /// <param name="latent">[N, 3, S, S].</param>
    /// <param name="noise">The first draw, of the same shape.</param>
    /// <param name="fresh">How much of the way is gone from one to the other, one number a picture.</param>
    public static Tensor Begin(Tensor latent, Tensor noise, IReadOnlyList<double> fresh) =>
        cat([.. fresh.Select((amount, row) => SphericalMix.Of(latent.narrow(0, row, 1), noise.narrow(0, row, 1), amount))], dim: 0);
}
