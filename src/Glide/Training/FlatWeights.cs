using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Training;

/// <summary>
/// The weights of a network as one float32 tensor and their gradients as another, so that a step of the optimizer is a
/// few operations instead of a few for each of hundreds of parameters.
/// </summary>
/// <remarks>
/// Float32 parameters become views of <see cref="Values"/>. Parameters of 16 bits are copies of it, written by
/// <see cref="Publish"/> (Micikevicius et al. 2018, section 3.1). Weights come first and biases and norms after them,
/// so that decay applies to a prefix. The caller disposes it before the network.
/// </remarks>
internal sealed class FlatWeights : IDisposable
{
    private readonly List<Narrow> _narrow = [];

    /// <summary>Takes over the memory of the parameters and makes them trainable.</summary>
    /// <param name="parameters">On one device; float32, or 16 bits of one type.</param>
    public FlatWeights(IReadOnlyList<(string Name, Parameter Parameter)> parameters)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var ordered = parameters.OrderByDescending(named => Decays(named.Parameter))
            .ThenByDescending(named => IsNarrow(named.Parameter)).ToList();
        long total = parameters.Sum(named => named.Parameter.numel());
        var device = parameters[0].Parameter.device;
        Values = zeros(total, dtype: ScalarType.Float32, device: device).DetachFromDisposeScope();
        Gradients = zeros(total, dtype: ScalarType.Float32, device: device).DetachFromDisposeScope();
        long start = 0;
        var slots = new List<WeightSlot>();
        foreach (var (name, parameter) in ordered)
        {
            slots.Add(new WeightSlot(name, parameter.shape, start, parameter.numel()));
            start += parameter.numel();
            if (Decays(parameter))
                DecayedCount = start;
        }
        Slots = slots;
        for (int first = 0; first < slots.Count;)
        {
            bool isNarrow = IsNarrow(ordered[first].Parameter);
            int end = first;
            while (end < slots.Count && IsNarrow(ordered[end].Parameter) == isNarrow)
                end++;
            Join([.. ordered[first..end].Select(named => named.Parameter)], slots[first..end], isNarrow);
            first = end;
        }
    }

    /// <summary>All weights, [P] float32.</summary>
    public Tensor Values { get; }

    /// <summary>All gradients, [P] float32; those of 16-bit parameters after <see cref="CollectGradients"/>.</summary>
    public Tensor Gradients { get; }

    /// <summary>Where each parameter lies.</summary>
    public IReadOnlyList<WeightSlot> Slots { get; }

    /// <summary>So many of the first weights decay.</summary>
    public long DecayedCount { get; }

    public long Count => Values.numel();

    public void ZeroGradients()
    {
        using var frozen = no_grad();
        Gradients.zero_();
        foreach (var part in _narrow)
            part.Gradients.zero_();
    }

    /// <summary>Completes <see cref="Gradients"/> after the backward passes of a step.</summary>
    public void CollectGradients()
    {
        using var frozen = no_grad();
        foreach (var part in _narrow)
        {
            using var target = Gradients.narrow(0, part.Start, part.Gradients.numel());
            target.copy_(part.Gradients);
        }
    }

    /// <summary>Rounds <see cref="Values"/> to the parameters of 16 bits.</summary>
    public void Publish()
    {
        using var frozen = no_grad();
        foreach (var part in _narrow)
        {
            using var source = Values.narrow(0, part.Start, part.Values.numel());
            part.Values.copy_(source);
        }
    }

    public void Dispose()
    {
        Values.Dispose();
        Gradients.Dispose();
        foreach (var part in _narrow)
        {
            part.Values.Dispose();
            part.Gradients.Dispose();
        }
    }

    private void Join(Parameter[] parameters, List<WeightSlot> slots, bool isNarrow)
    {
        long start = slots[0].Start, count = slots.Sum(slot => slot.Count);
        var values = Values.narrow(0, start, count);
        var gradients = Gradients.narrow(0, start, count);
        if (isNarrow)
        {
            values = zeros_like(values, dtype: parameters[0].dtype).DetachFromDisposeScope();
            gradients = zeros_like(values).DetachFromDisposeScope();
            _narrow.Add(new Narrow(start, values, gradients));
        }
        foreach (var (parameter, slot) in parameters.Zip(slots))
        {
            var value = values.narrow(0, slot.Start - start, slot.Count).reshape(slot.Shape);
            value.copy_(parameter);
            slot.Of(Values).copy_(parameter);
            parameter.set_(value);
            parameter.requires_grad = true;
            parameter.grad = gradients.narrow(0, slot.Start - start, slot.Count).reshape(slot.Shape);
        }
    }

    private static bool Decays(Parameter parameter) => parameter.shape.Length > 1;

    private static bool IsNarrow(Parameter parameter) => parameter.dtype != ScalarType.Float32;

    private sealed record Narrow(long Start, Tensor Values, Tensor Gradients);
}

/// <summary>Place of a parameter in flat tensors.</summary>
internal sealed record WeightSlot(string Name, long[] Shape, long Start, long Count)
{
    /// <summary>This parameter's part of a flat tensor, in its own shape; a view.</summary>
    public Tensor Of(Tensor flat) => flat.narrow(0, Start, Count).reshape(Shape);
}
