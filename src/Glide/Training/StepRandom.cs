using static TorchSharp.torch;

namespace Glide.Training;

/// <summary>
/// The random numbers of one batch, a function of the run's seed and the batch's number alone: a run that is resumed
/// draws what an unbroken one draws, and no state of a generator is saved.
/// </summary>
/// <remarks>Numbers outside of tensors: splitmix64 (Steele et al. 2014).</remarks>
internal sealed class StepRandom : IDisposable
{
    private const ulong Increment = 0x9E3779B97F4A7C15;

    private readonly Device _device;
    private readonly Generator _generator;
    private ulong _state;

    /// <summary>Begins the numbers of a batch.</summary>
    /// <param name="seed">Of the run.</param>
    /// <param name="batch">Number of the batch.</param>
    /// <param name="device">Where tensors are drawn; another device draws other numbers.</param>
    public StepRandom(long seed, long batch, Device device)
    {
        _device = device;
        _state = Mix(Mix((ulong)seed) + (ulong)batch);
        _generator = new Generator(Bits() >> 1, device);
    }

    /// <summary>From 0 up to 1.</summary>
    public double NextUnit() => (Bits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>From 0 up to <paramref name="end"/>.</summary>
    public int Next(int end) => (int)(NextUnit() * end);

    /// <summary>From <paramref name="least"/> to <paramref name="most"/>, both included.</summary>
    public int Between(int least, int most) => least + Next(most - least + 1);

    /// <summary>From <paramref name="least"/> up to <paramref name="most"/>.</summary>
    public double Between(double least, double most) => least + (NextUnit() * (most - least));

    /// <summary>Normal noise on the device, float32.</summary>
    public Tensor Normal(params long[] shape) => randn(shape, device: _device, generator: _generator);

    /// <summary>Uniform numbers from 0 up to 1 on the device, float32.</summary>
    public Tensor Uniform(params long[] shape) => rand(shape, device: _device, generator: _generator);

    public void Dispose() => _generator.Dispose();

    private ulong Bits() => Mix(_state += Increment);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
