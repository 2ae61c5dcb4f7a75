using Glide.Models.Ops;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Layers;

/// <summary>x·Wᵀ + b over the last dimension, computed in the type of x.</summary>
internal sealed class LinearLayer : Module<Tensor, Tensor>, IChangeableLayer
{
    private readonly UNetOps _ops;
    private readonly PackedWeights _weights;
    [ComponentName(Name = "weight")] private readonly Parameter _weight;
    [ComponentName(Name = "bias")] private readonly Parameter _bias;

    /// <param name="inputs">Input features.</param>
    /// <param name="outputs">Output features.</param>
    /// <param name="place">Type and device of the weights.</param>
    /// <param name="ops">Computes the layer; only the plain ops accept more than two dimensions.</param>
    public LinearLayer(long inputs, long outputs, TensorOptions place, UNetOps ops)
        : base(nameof(LinearLayer))
    {
        _ops = ops;
        _weight = place.Weight(outputs, inputs);
        _bias = place.Weight(outputs);
        _weights = new PackedWeights(_weight, _bias);
        RegisterComponents();
    }

    public PackedWeights Weights => _weights;

    public UNetOps Ops => _ops;

    /// <summary>[..., inputs] to [..., outputs].</summary>
    public override Tensor forward(Tensor x)
    {
        using var operation = Operations.Linear();
        return _ops.Project(_weights, x);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _weights.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>An embedding table.</summary>
internal sealed class EmbeddingTable : Module<Tensor, Tensor>
{
    [ComponentName(Name = "weight")] private readonly Parameter _weight;

    public EmbeddingTable(long rows, long width, TensorOptions place)
        : base(nameof(EmbeddingTable))
    {
        _weight = place.Weight(rows, width);
        RegisterComponents();
    }

    /// <summary>Indices [N, L] int64 to rows [N, L, D].</summary>
    public override Tensor forward(Tensor ids) => Look(_weight, ids);

    /// <summary>Rows of <paramref name="table"/> [rows, D] at <paramref name="ids"/>, of any shape; [..., D].</summary>
    public static Tensor Look(Tensor table, Tensor ids)
    {
        using var scope = NewDisposeScope();
        var rows = table.index_select(0, ids.reshape(-1));
        return rows.reshape([.. ids.shape, table.shape[1]]).MoveToOuterDisposeScope();
    }
}
