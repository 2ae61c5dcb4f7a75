using Glide.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Training;

/// <summary>
/// The weights of a network as one float32 tensor and their gradients as a few, so that a step of the optimizer is a
/// few operations instead of a few for each of hundreds of parameters.
/// </summary>
/// <remarks>
/// Float32 parameters become views of <see cref="Values"/>. Parameters of 16 bits are copies of it, written by
/// <see cref="Publish"/> (Micikevicius et al. 2018, section 3.1), and their gradients stay in 16 bits. The caller
/// disposes it before the network.
/// </remarks>
internal sealed class FlatWeights : IDisposable
{
    // Pieces that stay in the cache of a CPU between operations, and bound the memory of intermediate results.
    private const long PieceSize = 1 << 20;

    private readonly List<Part> _parts = [];

    /// <summary>Takes over the memory of the parameters and makes them trainable.</summary>
    /// <param name="parameters">On one device; float32, or 16 bits of one type.</param>
    public FlatWeights(IReadOnlyList<(string Name, Parameter Parameter)> parameters)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        Values = zeros(parameters.Sum(named => named.Parameter.numel()), dtype: ScalarType.Float32,
            device: parameters[0].Parameter.device).DetachFromDisposeScope();
        var slots = new List<WeightSlot>();
        long end = 0;
        foreach (var part in parameters.GroupBy(named => (Decays(named.Parameter), named.Parameter.dtype)))
        {
            var own = part.ToList();
            foreach (var (name, parameter) in own)
            {
                slots.Add(new WeightSlot(name, parameter.shape, end, parameter.numel()));
                end += parameter.numel();
            }
            Join(own.ConvertAll(named => named.Parameter), slots[^own.Count..], decays: part.Key.Item1);
        }
        Slots = slots;
    }

    /// <summary>All weights, [P] float32.</summary>
    public Tensor Values { get; }

    /// <summary>Where each parameter lies.</summary>
    public IReadOnlyList<WeightSlot> Slots { get; }

    /// <summary>All weights and gradients, a piece at a time.</summary>
    public IEnumerable<WeightPiece> Pieces()
    {
        foreach (var part in _parts)
        {
            long count = part.Gradients.numel();
            long size = Values.device_type == TorchSharp.DeviceType.CPU ? PieceSize : count;
            for (long start = 0; start < count; start += size)
            {
                long length = Math.Min(size, count - start);
                yield return new WeightPiece(
                    part.Start + start, length, part.Decays, part.Gradients.narrow(0, start, length));
            }
        }
    }

    public void ZeroGradients()
    {
        using var frozen = no_grad();
        _parts.ForEach(part => part.Gradients.zero_());
    }

    /// <summary>Length of the gradient.</summary>
    public double GradientNorm()
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var norms = Pieces().Select(piece => Norm(piece.Gradient)).ToArray();
        return stack(norms).norm().item<double>();
    }

    /// <summary>Adds the gradients of a copy of the network, which may be on another device.</summary>
    public void AddGradients(FlatWeights copy)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (own, other) in _parts.Zip(copy._parts))
            own.Gradients.PlusInPlace(other.Gradients.to(Values.device));
    }

    /// <summary>Takes the weights of a copy of the network, which may be on another device.</summary>
    public void CopyValues(FlatWeights copy)
    {
        using var frozen = no_grad();
        Values.copy_(copy.Values);
        Publish();
    }

    /// <summary>Rounds <see cref="Values"/> to the parameters of 16 bits.</summary>
    public void Publish()
    {
        using var frozen = no_grad();
        foreach (var part in _parts)
        {
            using var source = Values.narrow(0, part.Start, part.Gradients.numel());
            part.Rounded?.copy_(source);
        }
    }

    public void Dispose()
    {
        Values.Dispose();
        foreach (var part in _parts)
        {
            part.Rounded?.Dispose();
            part.Gradients.Dispose();
        }
    }

    private void Join(List<Parameter> parameters, List<WeightSlot> slots, bool decays)
    {
        long start = slots[0].Start;
        var values = Values.narrow(0, start, slots.Sum(slot => slot.Count));
        var type = parameters[0].dtype;
        var gradients = zeros_like(values, dtype: type).DetachFromDisposeScope();
        var rounded = type == ScalarType.Float32 ? null : zeros_like(gradients).DetachFromDisposeScope();
        _parts.Add(new Part(start, decays, gradients, rounded));
        foreach (var (parameter, slot) in parameters.Zip(slots))
        {
            slot.Of(Values).copy_(parameter);
            var value = (rounded ?? values).narrow(0, slot.Start - start, slot.Count).reshape(slot.Shape);
            value.copy_(parameter);
            parameter.set_(value);
            parameter.requires_grad = true;
            parameter.grad = gradients.narrow(0, slot.Start - start, slot.Count).reshape(slot.Shape);
        }
    }

    // In float64, where the square of no float32 overflows.
    private static Tensor Norm(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        return gradient.to(ScalarType.Float32).norm().to(ScalarType.Float64).MoveToOuterDisposeScope();
    }

    private static bool Decays(Parameter parameter) => parameter.shape.Length > 1;

    /// <summary>Parameters of one type that all decay or do not.</summary>
    /// <param name="Start">The first of them in <see cref="Values"/>.</param>
    /// <param name="Decays">Weights do, biases and norms do not.</param>
    /// <param name="Gradients">[P'] in their type.</param>
    /// <param name="Rounded">The parameters of 16 bits, [P']; <c>null</c> for float32, which are views.</param>
    private sealed record Part(long Start, bool Decays, Tensor Gradients, Tensor? Rounded);
}

/// <summary>Place of a parameter in flat tensors.</summary>
internal sealed record WeightSlot(string Name, long[] Shape, long Start, long Count)
{
    /// <summary>This parameter's part of a flat tensor, in its own shape; a view.</summary>
    public Tensor Of(Tensor flat) => flat.narrow(0, Start, Count).reshape(Shape);
}

/// <summary>Some weights in a row.</summary>
/// <param name="Start">The first.</param>
/// <param name="Count">How many.</param>
/// <param name="Decays">Whether decay applies to them.</param>
/// <param name="Gradient">[Count] in the type of the parameters; a view.</param>
internal sealed record WeightPiece(long Start, long Count, bool Decays, Tensor Gradient)
{
    /// <summary>This piece of a flat tensor; a view.</summary>
    public Tensor Of(Tensor flat) => flat.narrow(0, Start, Count);
}
