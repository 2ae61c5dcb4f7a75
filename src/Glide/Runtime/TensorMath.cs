using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Runtime;

/// <summary>Sums of tensors, and arithmetic of a tensor with a number.</summary>
/// <remarks>
/// TorchSharp's operators pass libtorch the handle of a <see cref="Scalar"/> that nothing references any more, so a
/// garbage collection at that moment frees it (seen as "Unknown scalar type" in a long run). Here the number is kept
/// alive until the call has returned. Sums of two tensors are affected too: TorchSharp passes their factor, 1, in the
/// same way.
/// </remarks>
internal static class TensorMath
{
    public static Tensor Plus(this Tensor x, Tensor y)
    {
        using Scalar one = 1;
        return x.add(y, one);
    }

    public static Tensor Plus(this Tensor x, double number)
    {
        using Scalar held = number;
        return x.add(held);
    }

    /// <summary>x + number; a tensor of integers stays one.</summary>
    public static Tensor Plus(this Tensor x, long number)
    {
        using Scalar held = number;
        return x.add(held);
    }

    /// <summary>Adds y to x itself, and returns x.</summary>
    public static Tensor PlusInPlace(this Tensor x, Tensor y)
    {
        using Scalar one = 1;
        return x.add_(y, one);
    }

    /// <summary>Adds factor·y to x itself, and returns x.</summary>
    public static Tensor PlusInPlace(this Tensor x, Tensor y, double factor)
    {
        using Scalar held = factor;
        return x.add_(y, held);
    }

    public static Tensor Times(this Tensor x, double number)
    {
        using Scalar held = number;
        return x.mul(held);
    }

    public static Tensor Over(this Tensor x, double number)
    {
        using Scalar held = number;
        return x.div(held);
    }

    public static Tensor Squared(this Tensor x) => x * x;

    /// <summary>1 − x.</summary>
    public static Tensor Complement(this Tensor x)
    {
        using Scalar one = 1;
        using var negative = x.neg();
        return negative.add(one);
    }

    /// <summary>x cut to the range [low, high].</summary>
    public static Tensor Clamp(this Tensor x, double low, double high)
    {
        using Scalar heldLow = low, heldHigh = high;
        return x.clamp(heldLow, heldHigh);
    }

    /// <summary>Sets every element of x to a number.</summary>
    public static void Fill(this Tensor x, double number)
    {
        using Scalar held = number;
        x.fill_(held);
    }

    /// <summary>Multiplies x itself by a number, and returns x.</summary>
    public static Tensor TimesInPlace(this Tensor x, double number)
    {
        using Scalar held = number;
        return x.mul_(held);
    }

    /// <summary>Moves x itself towards y: x + weight·(y − x). Returns x.</summary>
    public static Tensor LerpInPlace(this Tensor x, Tensor y, double weight) =>
        x.TimesInPlace(1 - weight).PlusInPlace(y, weight);

    /// <summary>Adds factor·y·z to x itself, and returns x.</summary>
    public static Tensor PlusProductInPlace(this Tensor x, Tensor y, Tensor z, double factor)
    {
        using Scalar held = factor;
        return x.addcmul_(y, z, held);
    }

    /// <summary>Adds factor·y/z to x itself, and returns x.</summary>
    public static Tensor PlusQuotientInPlace(this Tensor x, Tensor y, Tensor z, double factor)
    {
        using Scalar held = factor;
        return x.addcdiv_(y, z, held);
    }

    /// <summary>The larger of x and a number.</summary>
    public static Tensor AtLeast(this Tensor x, double number)
    {
        using Scalar held = number;
        return x.clamp_min(held);
    }

    /// <summary>The smaller of x and a number.</summary>
    public static Tensor AtMost(this Tensor x, double number)
    {
        using Scalar held = number;
        return x.clamp_max(held);
    }

    /// <summary>Where x &lt; number; bool.</summary>
    public static Tensor IsBelow(this Tensor x, double number)
    {
        using Scalar held = number;
        return x.lt(held);
    }
}
