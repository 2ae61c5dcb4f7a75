using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Runtime;

/// <summary>Numbers that the CPU makes on their way to where they are wanted.</summary>
internal static class DeviceCopies
{
    /// <summary>A tensor of the CPU on another device, without waiting for what that was told before.</summary>
    /// <param name="host">On the CPU; the caller's.</param>
    /// <param name="device">Where it is wanted.</param>
    /// <returns>A new tensor; on the CPU it may share the memory of <paramref name="host"/>.</returns>
    /// <remarks>
    /// From memory that the system may not move a GPU copies by itself: the CPU goes on at once, and has drawn the noise
    /// of the next step long before that is wanted. With libglide_cuda the copy does not even wait for its turn behind
    /// the network. libtorch keeps such memory until its copy is done, also if the tensor is disposed before.
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
