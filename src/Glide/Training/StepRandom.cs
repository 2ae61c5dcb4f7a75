using Glide.Datasets;
using static TorchSharp.torch;

namespace Glide.Training;

/// <summary>
/// The random numbers of one batch, tensors too: a run that is resumed draws what an unbroken one draws, and no state
/// of a generator is saved.
/// </summary>
internal sealed class StepRandom : CounterRandom, IDisposable
{
    private readonly Device _device;
    private readonly Generator _generator;

    /// <summary>Begins the numbers of a batch.</summary>
    /// <param name="seed">Of the run.</param>
    /// <param name="batch">Number of the batch.</param>
    /// <param name="device">Where tensors are drawn; another device draws other numbers.</param>
    public StepRandom(long seed, long batch, Device device)
        : base(seed, RandomUse.Training, batch)
    {
        _device = device;
        _generator = new Generator(Bits() >> 1, device);
    }

    /// <summary>Normal noise on the device, float32.</summary>
    public Tensor Noise(params long[] shape) => randn(shape, device: _device, generator: _generator);

    /// <summary>Uniform numbers from 0 up to 1 on the device, float32.</summary>
    public Tensor Uniform(params long[] shape) => rand(shape, device: _device, generator: _generator);

    public void Dispose() => _generator.Dispose();
}
