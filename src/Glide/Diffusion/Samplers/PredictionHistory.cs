using static TorchSharp.torch;

namespace Glide.Diffusion.Samplers;

/// <summary>The latest predictions of a multistep sampler, newest first. Holds tensors of its own; the sampler disposes it.</summary>
/// <param name="capacity">How many are kept.</param>
internal sealed class PredictionHistory(int capacity) : IDisposable
{
    private readonly List<(Tensor Value, double Place)> _entries = [];

    /// <summary>How many predictions are remembered.</summary>
    public int Count => _entries.Count;

    /// <summary>A remembered prediction; 0 is the newest.</summary>
    public Tensor Value(int age) => _entries[age].Value;

    /// <summary>Where it was made: λ or timestep, as the sampler keeps it.</summary>
    public double Place(int age) => _entries[age].Place;

    /// <summary>Remembers a prediction and forgets the oldest.</summary>
    public void Add(Tensor value, double place)
    {
        _entries.Insert(0, (value.alias().DetachFromDisposeScope(), place));
        if (_entries.Count <= capacity)
            return;
        _entries[^1].Value.Dispose();
        _entries.RemoveAt(_entries.Count - 1);
    }

    /// <summary>Drops the rows that are not named.</summary>
    public void Keep(int[] rows)
    {
        for (int i = 0; i < _entries.Count; i++)
        {
            var (value, place) = _entries[i];
            _entries[i] = (DiffusionMath.KeepRows(value, rows).DetachFromDisposeScope(), place);
            value.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (value, _) in _entries)
            value.Dispose();
        _entries.Clear();
    }
}

/// <summary>In runs of few steps the order of a multistep solver falls towards the end, to 1 in the step to step 0.</summary>
/// <remarks>
/// lower_order_final of Lu et al. 2022 and Zhao et al. 2023: where few steps must cover the noise, the last ones are so long
/// in λ that extrapolating over them costs more than it gains, and no later step can mend it.
/// </remarks>
internal static class LowerOrderFinal
{
    private const int FewSteps = 10;

    /// <summary>The order of a step.</summary>
    /// <param name="order">The solver's.</param>
    /// <param name="step">The step, 1 or above; step 0 ends at the prediction itself.</param>
    /// <param name="count">How many steps the run has.</param>
    public static int Of(int order, int step, int count) => count > FewSteps ? order : Math.Min(order, step);
}
