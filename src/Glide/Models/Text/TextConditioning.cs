using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Models.Text;

/// <summary>
/// The text conditioning of a U-Net, one row per prompt. Its tensors are in no dispose scope; the receiver disposes it.
/// </summary>
internal sealed class TextConditioning : IDisposable
{
    /// <summary>Takes ownership of tensors and detaches them from their dispose scopes.</summary>
    public TextConditioning(Tensor projection, IEnumerable<Tensor> keysAndValues)
    {
        Projection = projection.DetachFromDisposeScope();
        KeysAndValues = [.. keysAndValues.Select(block => block.DetachFromDisposeScope())];
    }

    public int Rows => (int)Projection.shape[0];

    /// <summary>Added to the time embedding, [N, E] in float32.</summary>
    public Tensor Projection { get; }

    /// <summary>Keys and values of each attention block, in the network's order, [N, 2·C, L].</summary>
    public IReadOnlyList<Tensor> KeysAndValues { get; }

    /// <summary>Concatenates rows, such as those of the prompts and those of the empty prompts.</summary>
    public static TextConditioning Concatenate(params IReadOnlyList<TextConditioning> parts)
    {
        using var scope = NewDisposeScope();
        return new TextConditioning(
            cat(parts.Select(part => part.Projection).ToArray(), dim: 0),
            parts[0].KeysAndValues.Select((_, block) =>
                cat(parts.Select(part => part.KeysAndValues[block]).ToArray(), dim: 0)));
    }

    /// <summary>
    /// Interpolates linearly between prompts, as if the text transformer's outputs were interpolated.
    /// </summary>
    /// <param name="from">Result at weight 0.</param>
    /// <param name="to">Result at weight 1; as many rows.</param>
    /// <param name="amounts">Interpolation weight of each row; exact at 0 and 1, extrapolates beyond.</param>
    public static TextConditioning Mix(TextConditioning from, TextConditioning to, IReadOnlyList<double> amounts)
    {
        using var scope = NewDisposeScope();
        var weights = tensor(amounts.Select(amount => (float)amount).ToArray(), device: from.Projection.device);
        Tensor Between(Tensor a, Tensor b)
        {
            long[] perRow = [amounts.Count, .. Enumerable.Repeat(1L, a.shape.Length - 1)];
            var weight = weights.to(a.dtype).reshape(perRow);
            return (a * weight.Complement()).Plus(b * weight);
        }
        return new TextConditioning(
            Between(from.Projection, to.Projection),
            from.KeysAndValues.Select((block, index) => Between(block, to.KeysAndValues[index])));
    }

    /// <summary>Selects rows by index; an index may occur more than once.</summary>
    public TextConditioning Select(params IReadOnlyList<int> rows)
    {
        using var scope = NewDisposeScope();
        var index = tensor(rows.Select(row => (long)row).ToArray(), device: Projection.device);
        return new TextConditioning(
            Projection.index_select(0, index),
            KeysAndValues.Select(block => block.index_select(0, index)));
    }

    /// <summary>Repeats each row: 0, 0, 1, 1 for two times.</summary>
    public TextConditioning Repeat(int times) =>
        Select([.. Enumerable.Range(0, Rows * times).Select(row => row / times)]);

    public void Dispose()
    {
        Projection.Dispose();
        foreach (var block in KeysAndValues)
            block.Dispose();
    }
}
