using Glide.ModelStore;

namespace Glide.Pipelines;

/// <summary>How many pictures go through a network together when the user does not say.</summary>
internal static class BatchSizes
{
    // Measured on full-size and mini networks: the live activations of a step are at most this many planes of
    // NumChannels at full resolution, in float32, for each row of the doubled batch.
    private const long LivePlanes = 24;

    /// <summary>On a CPU the time of a picture hardly falls beyond this; on a GPU it falls until the card is full.</summary>
    public const int MostOnCpu = 8;

    private const int MostOnGpu = 64;

    // Ten of the mini network and four of the published one, which then take 1 and 2.5 GB in bf16.
    private const long BytesOfWindows = 1L << 30;
    private const int FewestWindows = 4;

    /// <summary>The batch size for the largest network of a run.</summary>
    public static int Choose(UNetSettings network, Engine engine)
    {
        if (engine.IsCuda)
            return Math.Min(MostOnGpu, MostOnGpu * 64 / network.ImageSize);
        return (int)Math.Clamp(MemoryBudget.AvailableBytes() / 4 / BytesFor(network, pictures: 1), 1, MostOnCpu);
    }

    /// <summary>Bytes that the activations of a step take at most.</summary>
    public static long BytesFor(UNetSettings network, int pictures) => 2 * pictures * BytesOfRow(network);

    /// <summary>How many windows of a picture go through a network together: the picture depends on it, so it is the same on every machine.</summary>
    public static int WindowsAtOnce(UNetSettings network) => (int)Math.Max(FewestWindows, BytesOfWindows / BytesOfRow(network));

    private static long BytesOfRow(UNetSettings network) =>
        LivePlanes * network.ImageSize * network.ImageSize * network.NumChannels * sizeof(float);
}
