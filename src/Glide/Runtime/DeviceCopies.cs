using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Runtime;

/// <summary>Copies of CPU tensors to other devices.</summary>
internal static class DeviceCopies
{
    /// <summary>Copies a CPU tensor to a device without waiting for earlier work of that device.</summary>
    /// <param name="host">On the CPU; not disposed.</param>
    /// <param name="device">Target device.</param>
    /// <returns>A new tensor; on the CPU it may share the memory of <paramref name="host"/>.</returns>
    /// <remarks>
    /// A GPU copies from page-locked memory by itself: the CPU continues at once and has drawn the noise
    /// of the next step long before it is needed. With libglide_cuda the copy does not even wait for
    /// the network. libtorch keeps such memory until the copy is done, even if the tensor is disposed earlier.
    /// </remarks>
    public static Tensor To(Tensor host, Device device)
    {
        if (device.type != DeviceType.CUDA)
            return host.to(device);
        using var scope = NewDisposeScope();
        var locked = host.pin_memory();
        var copy = CudaLibrary.For(device)?.CopyAhead(locked, device) ?? locked.to(device, non_blocking: true);
        return copy.MoveToOuterDisposeScope();
    }
}
