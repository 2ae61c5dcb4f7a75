using Glide.Runtime;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Ops;

/// <summary>The original implementation's operations as they run eagerly: the baseline of benchmarks.</summary>
/// <remarks>
/// Nothing is fused or computed in place. Normalizations and softmaxes compute in float32 and return the type that
/// they were given, so that in 16 bits every intermediate result is rounded. The text transformer computes in the type
/// of its weights. Two things differ: SiLU of the time embedding is computed once a pass instead of once a block, and
/// intermediate results are freed at the end of an operation instead of one by one.
/// </remarks>
internal sealed class ReferenceOps : UNetOps
{
    private ReferenceOps()
    {
    }

    /// <summary>The only instance; it is stateless.</summary>
    public static ReferenceOps Instance { get; } = new();

    public override Tensor ToOpsLayout(Tensor x, ScalarType type) => Plain.ToOpsLayout(x, type);

    public override Tensor Convolve(
        PackedWeights weights, Tensor x, bool enlarged = false, Wrap wrap = Wrap.None) =>
        Plain.Convolve(weights, x, enlarged, wrap);

    public override Tensor ConvolveAndAdd(
        PackedWeights weights, Tensor x, Tensor added, bool enlarged = false, Wrap wrap = Wrap.None)
    {
        using var scope = NewDisposeScope();
        var shortcut = enlarged ? TorchOps.Enlarge(added) : added;
        return shortcut.Plus(Plain.Convolve(weights, x, wrap: wrap)).MoveToOuterDisposeScope();
    }

    public override Tensor Project(PackedWeights weights, Tensor x) => Plain.Project(weights, x);

    public override Tensor Normalize(Tensor x, Tensor weight, Tensor bias) => NormOps.Group(x, weight, bias);

    public override Tensor NormalizeSilu(Tensor x, Tensor weight, Tensor bias, ScalarType type)
    {
        using var operation = Operations.GroupNorm();
        using var scope = NewDisposeScope();
        return functional.silu(NormOps.Group(x.to(type), weight, bias)).MoveToOuterDisposeScope();
    }

    public override Tensor NormalizeScaleShiftSilu(Tensor x, Tensor weight, Tensor bias, Tensor scaleShift)
    {
        using var operation = Operations.GroupNorm();
        using var scope = NewDisposeScope();
        var halves = scaleShift.to(x.dtype).unsqueeze(2).unsqueeze(3).chunk(2, dim: 1);           // [N, C, 1, 1]
        var modulated = (NormOps.Group(x, weight, bias) * halves[0].Plus(1)).Plus(halves[1]);       // [N, C, H, W]
        return functional.silu(modulated).MoveToOuterDisposeScope();
    }

    public override Tensor Attend(Tensor pixels, Tensor text, long heads)
    {
        using var operation = Operations.Attention();
        using var scope = NewDisposeScope();
        long[] shape = pixels.shape;
        long rows = shape[0] * heads, width = shape[1] / (3 * heads);
        var ofPixels = pixels.reshape(rows, 3 * width, shape[2] * shape[3]).chunk(3, dim: 1);     // [N·h, d, T]
        var ofText = text.reshape(rows, 2 * width, text.shape[2]).chunk(2, dim: 1);               // [N·h, d, L]
        var keys = cat([ofText[0], ofPixels[1]], dim: 2);                                         // [N·h, d, L+T]
        var values = cat([ofText[1], ofPixels[2]], dim: 2);                                       // [N·h, d, L+T]
        double scale = Scale(width);
        var weights = Softmax(einsum("bct,bcs->bts", ofPixels[0].Times(scale), keys.Times(scale)));   // [N·h, T, L+T]
        var mixed = einsum("bts,bcs->bct", weights, values);                                      // [N·h, d, T]
        return mixed.reshape(shape[0], heads * width, shape[2], shape[3]).MoveToOuterDisposeScope(); // [N, h·d, H, W]
    }

    public override Tensor AttendTokens(Tensor query, Tensor key, Tensor value)
    {
        using var operation = Operations.Attention();
        using var scope = NewDisposeScope();
        long[] shape = query.shape;
        double scale = Scale(shape[3]);
        var weights = Softmax(einsum("bhtc,bhsc->bhts", query.Times(scale), key.Times(scale)));   // [N, h, L, L]
        var mixed = einsum("bhts,bhsc->bthc", weights, value);                                    // [N, L, h, d]
        return mixed.reshape(shape[0], shape[2], shape[1] * shape[3]).MoveToOuterDisposeScope();  // [N, L, h·d]
    }

    public override ScalarType TextType(Precision precision) => precision.TorsoType;

    public override Tensor Join(Tensor first, Tensor second) => Plain.Join(first, second);

    public override Tensor Halve(Tensor x) => Plain.Halve(x);

    // Applied to queries and keys each, which keeps their products small in 16 bits.
    private static double Scale(long width) => 1 / Math.Sqrt(Math.Sqrt(width));

    // One copy to float32 and another one back.
    private static Tensor Softmax(Tensor logits) => logits.to(ScalarType.Float32).softmax(-1).to(logits.dtype);
}
