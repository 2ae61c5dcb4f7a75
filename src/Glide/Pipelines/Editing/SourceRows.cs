using Glide.Imaging;
using static TorchSharp.torch;

namespace Glide.Pipelines.Editing;

/// <summary>The pictures that requests start from, as tensors of the size that a network wants.</summary>
internal static class SourceRows
{
    /// <summary>Adds to the rows what the requests bring along; the tensors are the caller's scope's.</summary>
    /// <param name="rows">Prompts and all else.</param>
    /// <param name="requests">The same pictures.</param>
    /// <param name="size">Side of the network's pictures.</param>
    /// <param name="maskSize">Side at which masks are made: that of the first stage, whose pixels the second one enlarges.</param>
    /// <param name="device">Where the network is.</param>
    public static StageRows AddKnown(StageRows rows, IReadOnlyList<PictureRequest> requests, int size, int maskSize, Device device)
    {
        if (requests.All(request => request.Known is null))
            return rows;
        using var scope = NewDisposeScope();
        var images = requests.Select(request => ImageTensors.ToTensor(Resizing.Bicubic(request.Known!.Image, size, size))).ToArray();
        var masks = requests.Select(request => ToTensor(request.Known!.Mask.Scaled(maskSize, maskSize).Scaled(size, size))).ToArray();
        return rows with
        {
            KnownImage = cat(images, dim: 0).to(device).MoveToOuterDisposeScope(),                   // [N, 3, S, S]
            KnownMask = cat(masks, dim: 0).to(device).MoveToOuterDisposeScope(),                     // [N, 1, S, S]
        };
    }

    /// <summary>Adds the pictures that a stage starts from; each request has one.</summary>
    /// <param name="rows">Prompts and all else.</param>
    /// <param name="requests">The same pictures.</param>
    /// <param name="size">Side of the network's pictures.</param>
    /// <param name="device">Where the network is.</param>
    public static StageRows AddStart(StageRows rows, IReadOnlyList<PictureRequest> requests, int size, Device device)
    {
        using var scope = NewDisposeScope();
        var images = requests.Select(request => ImageTensors.ToTensor(Resizing.Bicubic(request.Start!, size, size))).ToArray();
        return rows with { Start = cat(images, dim: 0).to(device).MoveToOuterDisposeScope() };      // [N, 3, S, S]
    }

    /// <summary>Adds pictures, all of one size, that are enlarged to a canvas of their own size.</summary>
    /// <param name="rows">Prompts and all else.</param>
    /// <param name="requests">The same pictures.</param>
    /// <param name="windowsAtOnce">How many windows of one picture go through the network together.</param>
    /// <param name="device">Where the network is.</param>
    public static StageRows AddEnlarged(StageRows rows, IReadOnlyList<PictureRequest> requests, int windowsAtOnce, Device device)
    {
        using var scope = NewDisposeScope();
        var lowRes = cat(requests.Select(request => ImageTensors.ToTensor(request.Start!)).ToArray(), dim: 0).to(device);
        return rows with
        {
            LowRes = lowRes.MoveToOuterDisposeScope(),                                               // [N, 3, h, w]
            Canvas = [3, Upscaling.Factor * lowRes.shape[2], Upscaling.Factor * lowRes.shape[3]],
            WindowsAtOnce = windowsAtOnce,
        };
    }

    private static Tensor ToTensor(KnownMask mask) => tensor(mask.ToValues(), [1, 1, mask.Height, mask.Width]);
}
