using System.Globalization;
using Glide.Models;
using Glide.Models.Ops;
using Glide.ModelSets;
using Glide.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>The chosen device and number type, with libtorch set up for them.</summary>
/// <param name="Device">Device of the networks.</param>
/// <param name="Precision">Which parts of the networks run in 16 bits.</param>
/// <param name="Threads">Threads of libtorch.</param>
internal sealed record TorchRuntime(Device Device, Precision Precision, int Threads)
{
    /// <summary>Whether the networks run on a GPU.</summary>
    public bool IsCuda => Device.type == DeviceType.CUDA;

    /// <summary><c>cpu</c> or <c>cuda:N</c>.</summary>
    public string DeviceName => IsCuda ? string.Create(CultureInfo.InvariantCulture, $"cuda:{Device.index}") : "cpu";

    /// <summary>Waits until a GPU has finished its work, for measurements.</summary>
    public void Finish()
    {
        if (IsCuda)
            cuda.synchronize(Device);
    }

    /// <summary>Chooses device and number type and sets up libtorch.</summary>
    /// <param name="options">Options of the user.</param>
    /// <param name="models">Set of the networks, which decides if the number type is <c>auto</c>; <c>null</c> if no
    /// U-Net will run.</param>
    /// <exception cref="UsageException">The device is not available or does not support the type,
    /// <c>LIBTORCH</c> has the wrong version, or <c>GLIDE_KERNELS</c> names no kernels.</exception>
    /// <exception cref="ResourceException">There is too little memory to load libtorch.</exception>
    public static TorchRuntime Start(DeviceOptions options, ModelSet? models = null)
    {
        MemoryBudget.RequireLibraries();
        int threads = options.Threads ?? PhysicalCores.Count();
        Libtorch.Load();
        // Networks without kernels of ours would not ask for it.
        _ = KernelChoice.Chosen;
        // Setting a number of threads that is already set would start another pool of threads, which spin for a while.
        if (get_num_threads() != threads)
            set_num_threads(threads);
        var device = Choose(options.Device);
        bool isCuda = device.type == DeviceType.CUDA;
        if (isCuda)
        {
            // TF32 keeps ten bits of a float32's mantissa; fp32 means full float32.
            backends.cuda.matmul.allow_tf32 = false;
            backends.cudnn.allow_tf32 = false;
        }
        var precision = options.Dtype switch
        {
            "auto" when isCuda => Precision.Float16,
            "auto" => models is not null && GainsFromBFloat16(models) ? Precision.BFloat16 : Precision.Float32,
            "fp32" => Precision.Float32,
            "bf16" => Precision.BFloat16On(device),
            "fp16" when isCuda => Precision.Float16,
            "fp16" => throw new UsageException(
                "--dtype fp16 needs a GPU; the device is cpu; allowed there are auto, fp32 and bf16; choose one of "
                    + "them"),
            _ => throw new UsageException(
                $"unknown number type '{options.Dtype}'; allowed are auto, fp32, fp16 and bf16"),
        };
        return new TorchRuntime(device, precision, threads);
    }

    private static bool GainsFromBFloat16(ModelSet models) =>
        models.Networks.Values.Where(network => network.UNet is not null)
            .All(network => UNetOps.GainFromBFloat16(network.UNet!));

    private static Device Choose(string name)
    {
        if (name == "cpu" || (name == "auto" && !cuda.is_available()))
            return new Device(DeviceType.CPU);
        if (!cuda.is_available())
        {
            throw new UsageException(
                $"--device {name} is not there; this libtorch finds no usable GPU; allowed are auto and cpu; see "
                    + $"'glide info'");
        }
        int index = name.StartsWith("cuda:", StringComparison.Ordinal)
            ? int.Parse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture) : 0;
        int count = cuda.device_count();
        if (index >= count)
        {
            throw new UsageException(
                $"--device {name} is not there; this machine has {count} GPU(s), numbered from 0; see 'glide info'");
        }
        return new Device(DeviceType.CUDA, index);
    }
}

/// <summary>Options for the device, number type and threads.</summary>
public sealed record DeviceOptions
{
    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>
    /// <c>auto</c>, <c>fp32</c>, <c>fp16</c> or <c>bf16</c>. <c>auto</c> is fp16 on a GPU; on a CPU it is bf16 for
    /// networks of the published size if the processor supports it, otherwise fp32.
    /// </summary>
    public string Dtype { get; init; } = "auto";

    /// <summary>Threads for libtorch; <c>null</c> for the number of physical cores.</summary>
    public int? Threads { get; init; }

    /// <summary>GPUs that libtorch can use; loads libtorch.</summary>
    internal static int CountGpus()
    {
        Libtorch.Load();
        return torch.cuda.is_available() ? torch.cuda.device_count() : 0;
    }

    /// <summary>Whether a name is that of a device; the device need not be available.</summary>
    internal static bool IsDevice(string name) =>
        name is "auto" or "cpu" or "cuda" ||
        (name.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            && index < 1024);
}
