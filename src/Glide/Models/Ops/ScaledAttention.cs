using Glide.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Models.Ops;

/// <summary>softmax(QᵀK/√d)·V for every network, with the softmax in float32.</summary>
/// <remarks>
/// The published code multiplies q and k by d^(-1/4) each; 1/√d on q alone gives the same products with one copy less.
/// </remarks>
internal static class ScaledAttention
{
    // Above this many products per head, a CPU is faster with one head at a time: the products stay in the cache.
    private const long LargeProducts = 1 << 17;

    /// <summary>Attention of pixels over text and pixels.</summary>
    /// <param name="pixels">Queries, keys and values of each head together, [N, h·3·d, T].</param>
    /// <param name="text">Keys and values of each head together, [N, h·2·d, L].</param>
    /// <param name="heads">h.</param>
    /// <returns>[N, h·d, T].</returns>
    public static Tensor OverTextAndPixels(Tensor pixels, Tensor text, long heads)
    {
        using var operation = Operations.Attention();
        using var scope = NewDisposeScope();
        long images = pixels.shape[0], count = pixels.shape[2], tokens = text.shape[2];
        long width = pixels.shape[1] / (3 * heads);
        var perHead = pixels.reshape(images * heads, 3 * width, count);                            // [N·h, 3·d, T]
        var textPerHead = text.reshape(images * heads, 2 * width, tokens);                         // [N·h, 2·d, L]
        var query = perHead.narrow(1, 0, width).Times(1 / Math.Sqrt(width));                            // [N·h, d, T]
        var both = cat([textPerHead, perHead.narrow(1, width, 2 * width)], dim: 2);                  // [N·h, 2·d, L+T]
        bool oneByOne = pixels.device.type == DeviceType.CPU && count * (tokens + count) >= LargeProducts;
        var mixed = oneByOne
            ? cat([.. Enumerable.Range(0, (int)(images * heads))
                .Select(head => Mixed(query.narrow(0, head, 1), both.narrow(0, head, 1)))], dim: 0)
            : Mixed(query, both);                                                                    // [N·h, d, T]
        return mixed.reshape(images, heads * width, count).MoveToOuterDisposeScope();              // [N, h·d, T]
    }

    /// <summary>Self-attention of tokens.</summary>
    /// <param name="query">[N, h, L, d].</param>
    /// <param name="key">[N, h, L, d].</param>
    /// <param name="value">[N, h, L, d].</param>
    /// <param name="bias">Added before the softmax, [L, L]; <c>null</c> adds nothing.</param>
    /// <returns>The heads concatenated, [N, L, h·d].</returns>
    public static Tensor OverTokens(Tensor query, Tensor key, Tensor value, Tensor? bias = null)
    {
        using var operation = Operations.Attention();
        using var scope = NewDisposeScope();
        long images = query.shape[0], heads = query.shape[1], tokens = query.shape[2], width = query.shape[3];
        var logits = query.Times(1 / Math.Sqrt(width)).matmul(key.transpose(2, 3));                   // [N, h, L, L]
        var weights = Softmax(bias is null ? logits : logits.Plus(bias));
        var mixed = weights.matmul(value);                                                           // [N, h, L, d]
        return mixed.transpose(1, 2).reshape(images, tokens, heads * width).MoveToOuterDisposeScope();
    }

    // query [B, d, T], keys and values together [B, 2·d, L+T]; [B, d, T].
    private static Tensor Mixed(Tensor query, Tensor keysAndValues)
    {
        using var scope = NewDisposeScope();
        long width = query.shape[1];
        var logits = query.transpose(1, 2).bmm(keysAndValues.narrow(1, 0, width));                   // [B, T, L+T]
        var weights = Softmax(logits);
        return keysAndValues.narrow(1, width, width).bmm(weights.transpose(1, 2)).MoveToOuterDisposeScope();
    }

    private static Tensor Softmax(Tensor logits)
    {
        using var scope = NewDisposeScope();
        return logits.softmax(-1, ScalarType.Float32).to(logits.dtype).MoveToOuterDisposeScope();
    }
}
