using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A table of vectors, looked up by number. Like the package's it stays in the scope in which it was made.</summary>
public sealed class Embedding : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = nameof(weight))] private Parameter? _weight;

    internal Embedding(long count, long width, Device? device, ScalarType? dtype) : base(nameof(Embedding))
    {
        weight = new Parameter(empty([count, width], dtype, device));
        nn.init.normal_(weight!);
    }

    public Parameter? weight
    {
        get => _weight;
        set => ConditionallyRegisterParameter(nameof(weight), _weight = value);
    }

    public override Tensor forward(Tensor input)
    {
        using var indices = input.reshape(-1);
        using var rows = _weight!.index_select(0, indices);
        return rows.reshape([.. input.shape, _weight.shape[1]]);
    }
}
