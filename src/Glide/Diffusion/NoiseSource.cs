using System.Security.Cryptography;
using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Diffusion;

/// <summary>All random numbers of a run: one generator per image, so that no image depends on its batch.</summary>
/// <remarks>
/// Numbers are drawn on the CPU, so that a seed gives the same image on every device. The order of draws is that of the
/// original for a batch of one: first the starting noise, then one draw a step, whether or not the step uses it.
/// The creator disposes it. Derived sources may take their numbers from elsewhere, such as a window of a larger field.
/// </remarks>
public class NoiseSource : IDisposable
{
    private readonly List<Generator> _generators;
    private long[] _drawShape;
    private readonly Device _device;
    private int _skipped;

    /// <summary>Starts one generator per image.</summary>
    /// <param name="seeds">One seed per image, 0 or above.</param>
    /// <param name="imageShape">[C, H, W].</param>
    /// <param name="drawsPerImage">
    /// 2 with classifier-free guidance, where the original draws for both halves of its batch and uses the first; else
    /// 1.
    /// </param>
    /// <param name="device">Device of the drawn noise.</param>
    internal NoiseSource(IReadOnlyList<long> seeds, long[] imageShape, int drawsPerImage, Device device)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(drawsPerImage, 1);
        foreach (long seed in seeds)
            ArgumentOutOfRangeException.ThrowIfNegative(seed, nameof(seeds));
        _generators = [.. seeds.Select(seed => new Generator((ulong)seed))];
        _drawShape = [drawsPerImage, .. imageShape];
        _device = device;
    }

    /// <summary>Number of images.</summary>
    public int Count => _generators.Count;

    internal static long RandomSeed() => RandomNumberGenerator.GetInt32(int.MaxValue);

    /// <summary>Noise for every image, [N, C, H, W], float32.</summary>
    public virtual Tensor Draw()
    {
        using var scope = NewDisposeScope();
        MakeSkippedDraws();
        var rows = _generators
            .Select(generator => randn(_drawShape, generator: generator).narrow(0, 0, 1))
            .ToArray();
        return DeviceCopies.To(cat(rows, dim: 0), _device).MoveToOuterDisposeScope();
    }

    /// <summary>Changes the shape of later draws: both stages of the cascade use the same generators.</summary>
    /// <param name="imageShape">[C, H, W].</param>
    /// <param name="drawsPerImage">As in the constructor.</param>
    internal void Reshape(long[] imageShape, int drawsPerImage)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(drawsPerImage, 1);
        long[] shape = [drawsPerImage, .. imageShape];
        if (!shape.AsSpan().SequenceEqual(_drawShape))
            MakeSkippedDraws();
        _drawShape = shape;
    }

    /// <summary>Skips one draw. Nothing is computed until the next draw.</summary>
    public virtual void Skip() => _skipped++;

    /// <summary>Keeps the images with these indices, in this order.</summary>
    /// <returns>This source.</returns>
    internal NoiseSource Keep(int[] rows)
    {
        Generator[] kept = [.. rows.Select(row => _generators[row])];
        foreach (var dropped in _generators.Except(kept))
            dropped.Dispose();
        _generators.Clear();
        _generators.AddRange(kept);
        return this;
    }

    private void MakeSkippedDraws()
    {
        for (; _skipped > 0; _skipped--)
        {
            foreach (var generator in _generators)
                randn(_drawShape, generator: generator).Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var generator in _generators)
            generator.Dispose();
        _generators.Clear();
        GC.SuppressFinalize(this);
    }
}
