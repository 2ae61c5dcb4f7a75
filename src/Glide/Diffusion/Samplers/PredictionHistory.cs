using static TorchSharp.torch;

namespace Glide.Diffusion.Samplers;

/// <summary>
/// The latest predictions of a multistep sampler, newest first. Owns tensors; the sampler disposes it.
/// </summary>
internal sealed class PredictionHistory(int capacity) : IDisposable
{
    private readonly List<(Tensor Value, double Place)> _entries = [];

    public int Count => _entries.Count;

    /// <summary>A kept prediction; age 0 is the newest.</summary>
    public Tensor Value(int age) => _entries[age].Value;

    /// <summary>λ or timestep of a prediction, as given to <see cref="Add"/>.</summary>
    public double Place(int age) => _entries[age].Place;

    public void Add(Tensor value, double place)
    {
        _entries.Insert(0, (value.alias().DetachFromDisposeScope(), place));
        if (_entries.Count <= capacity)
            return;
        _entries[^1].Value.Dispose();
        _entries.RemoveAt(_entries.Count - 1);
    }

    /// <summary>Keeps only these rows.</summary>
    public void Keep(int[] rows)
    {
        for (int i = 0; i < _entries.Count; i++)
        {
            var (value, place) = _entries[i];
            _entries[i] = (DiffusionMath.KeepRows(value, rows).DetachFromDisposeScope(), place);
            value.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var (value, _) in _entries)
            value.Dispose();
        _entries.Clear();
    }
}

/// <summary>Lowers the order of a multistep solver towards the end of short runs, to 1 in the step to step 0.</summary>
/// <remarks>
/// lower_order_final of Lu et al. 2022 and Zhao et al. 2023: where few steps must cover the noise, the last ones are so
/// long in λ that extrapolating over them costs more than it gains, and no later step can correct it.
/// </remarks>
internal static class LowerOrderFinal
{
    private const int FewSteps = 10;

    /// <summary>The order of a step.</summary>
    /// <param name="order">Order of the solver.</param>
    /// <param name="step">The step, 1 or above; step 0 ends at the prediction itself.</param>
    /// <param name="count">How many steps the run has.</param>
    public static int Of(int order, int step, int count) => count > FewSteps ? order : Math.Min(order, step);
}
