using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Layers;

/// <summary>Rows looked up by number.</summary>
internal sealed class EmbeddingTable : Module<Tensor, Tensor>
{
    [ComponentName(Name = "weight")] private readonly Parameter _weight;

    public EmbeddingTable(long rows, long width, Placement place)
        : base(nameof(EmbeddingTable))
    {
        _weight = place.Weight(rows, width);
        RegisterComponents();
    }

    /// <summary>Numbers [N, L] int64 to rows [N, L, D].</summary>
    public override Tensor forward(Tensor ids) => Look(_weight, ids);

    /// <summary>Rows of <paramref name="table"/> [rows, D] at <paramref name="ids"/>, of any shape; [..., D].</summary>
    public static Tensor Look(Tensor table, Tensor ids)
    {
        using var scope = NewDisposeScope();
        var rows = table.index_select(0, ids.reshape(-1));
        return rows.reshape([.. ids.shape, table.shape[1]]).MoveToOuterDisposeScope();
    }
}
