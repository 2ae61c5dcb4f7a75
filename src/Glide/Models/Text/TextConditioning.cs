using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Models.Text;

/// <summary>What a U-Net knows about prompts, one row for each; whoever gets one disposes it. It lives in no scope.</summary>
internal sealed class TextConditioning : IDisposable
{
    /// <summary>Takes over tensors, which leave the scopes they are in.</summary>
    public TextConditioning(Tensor projection, IEnumerable<Tensor> keysAndValues)
    {
        Projection = projection.DetachFromDisposeScope();
        KeysAndValues = [.. keysAndValues.Select(block => block.DetachFromDisposeScope())];
    }

    /// <summary>Number of prompts.</summary>
    public int Rows => (int)Projection.shape[0];

    /// <summary>Added to the time embedding, [N, E] in float32.</summary>
    public Tensor Projection { get; }

    /// <summary>For each attention block in the network's order, [N, 2·C, L].</summary>
    public IReadOnlyList<Tensor> KeysAndValues { get; }

    /// <summary>All rows of one after all rows of the other, such as the prompts and then the empty ones.</summary>
    public static TextConditioning Concatenate(params IReadOnlyList<TextConditioning> parts)
    {
        using var scope = NewDisposeScope();
        return new TextConditioning(
            cat(parts.Select(part => part.Projection).ToArray(), dim: 0),
            parts[0].KeysAndValues.Select((_, block) => cat(parts.Select(part => part.KeysAndValues[block]).ToArray(), dim: 0)));
    }

    /// <summary>Prompts part of the way from one to the other: what the text transformer's mixed outputs would give.</summary>
    /// <param name="from">Amount 0.</param>
    /// <param name="to">Amount 1, as many rows.</param>
    /// <param name="amounts">One a row, exact at 0 and 1; below and above it goes further on the same line.</param>
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

    /// <summary>Rows by number, in that order; a number may come twice.</summary>
    public TextConditioning Select(params IReadOnlyList<int> rows)
    {
        using var scope = NewDisposeScope();
        var index = tensor(rows.Select(row => (long)row).ToArray(), device: Projection.device);
        return new TextConditioning(
            Projection.index_select(0, index),
            KeysAndValues.Select(block => block.index_select(0, index)));
    }

    /// <summary>Each row several times, its copies side by side: 0, 0, 1, 1 for two.</summary>
    public TextConditioning Repeat(int times) =>
        Select([.. Enumerable.Range(0, Rows * times).Select(row => row / times)]);

    /// <inheritdoc/>
    public void Dispose()
    {
        Projection.Dispose();
        foreach (var block in KeysAndValues)
        {
            block.Dispose();
        }
    }
}
