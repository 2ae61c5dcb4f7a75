using System.Reflection;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Compat.Tests.Torch;

/// <summary>Element-wise operations against .NET's own functions or numbers worked out by hand.</summary>
[Collection(TorchCollection.Name)]
public class MathTests
{
    private static readonly double[] Inputs = [0.1, 0.25, 0.5, 0.8, 0.95];

    public static TheoryData<string, Func<double, double>> Functions => new()
    {
        { "abs", Math.Abs }, { "exp", Math.Exp }, { "expm1", x => Math.Exp(x) - 1 }, { "log", Math.Log },
        { "log1p", x => Math.Log(1 + x) }, { "log2", Math.Log2 }, { "log10", Math.Log10 }, { "sqrt", Math.Sqrt },
        { "rsqrt", x => 1 / Math.Sqrt(x) }, { "sin", Math.Sin }, { "cos", Math.Cos }, { "tan", Math.Tan },
        { "asin", Math.Asin }, { "acos", Math.Acos }, { "atan", Math.Atan }, { "sinh", Math.Sinh }, { "cosh", Math.Cosh },
        { "tanh", Math.Tanh }, { "sigmoid", x => 1 / (1 + Math.Exp(-x)) }, { "neg", x => -x },
        { "reciprocal", x => 1 / x }, { "floor", Math.Floor }, { "ceil", Math.Ceiling }, { "trunc", Math.Truncate },
        { "sign", x => Math.Sign(x) }, { "relu", x => Math.Max(x, 0) }, { "silu", x => x / (1 + Math.Exp(-x)) },
        { "square", x => x * x }, { "absolute", Math.Abs }, { "negative", x => -x },
    };

    public static TheoryData<string, Func<Tensor, Tensor, Tensor>, double[]> Pairs => new()
    {
        { "+", (a, b) => a + b, [8, -1] }, { "-", (a, b) => a - b, [6, -7] }, { "*", (a, b) => a * b, [7, -12] },
        { "/", (a, b) => a / b, [7, -4.0 / 3] }, { "%", (a, b) => a % b, [0, 2] }, { "add", (a, b) => a.add(b, 2), [9, 2] },
        { "sub", (a, b) => a.sub(b), [6, -7] }, { "div trunc", (a, b) => a.div(b, RoundingMode.trunc), [7, -1] },
        { "div floor", (a, b) => a.div(b, RoundingMode.floor), [7, -2] }, { "fmod", (a, b) => a.fmod(b), [0, -1] },
        { "floor_divide", (a, b) => a.floor_divide(b), [7, -2] }, { "pow", (a, b) => a.pow(b), [7, -64] },
        { "maximum", (a, b) => a.maximum(b), [7, 3] }, { "minimum", (a, b) => a.minimum(b), [1, -4] },
        { "max", (a, b) => a.max(b), [7, 3] }, { "==", (a, b) => a == b, [0, 0] }, { "!=", (a, b) => a != b, [1, 1] },
        { "<", (a, b) => a < b, [0, 1] }, { "<=", (a, b) => a <= b, [0, 1] }, { ">", (a, b) => a > b, [1, 0] },
        { ">=", (a, b) => a >= b, [1, 0] }, { "lerp", (a, b) => a.lerp(b, full([2], 0.5)), [4, -0.5] },
        { "addcmul", (a, b) => a.addcmul(b, b, 0.5), [7.5, 0.5] }, { "addcdiv", (a, b) => a.addcdiv(b, b), [8, -3] },
        { "atan2", (a, b) => a.atan2(b), [Math.Atan2(7, 1), Math.Atan2(-4, 3)] },
        { "clamp", (a, b) => a.clamp(max: b), [1, -4] }, { "clamp both", (a, b) => a.clamp(min: b, max: b), [1, 3] },
    };

    public static TheoryData<string, Func<Tensor, Tensor>, double[]> Scalars => new()
    {
        { "+ int", x => x + 2, [9, -2] }, { "int +", x => 2 + x, [9, -2] }, { "- double", x => x - 0.5, [6.5, -4.5] },
        { "double -", x => 0.5 - x, [-6.5, 4.5] }, { "* float", x => x * 2f, [14, -8] }, { "long *", x => 2L * x, [14, -8] },
        { "/ int", x => x / 2, [3.5, -2] }, { "int /", x => 28 / x, [4, -7] }, { "- Scalar", x => x - (Scalar)1, [6, -5] },
        { "Scalar -", x => (Scalar)1 - x, [-6, 5] }, { "unary -", x => -x, [-7, 4] }, { "% int", x => x % 3, [1, 2] },
        { "pow", x => x.pow(2), [49, 16] }, { "pow of a fraction", x => x.abs().pow(0.5), [Math.Sqrt(7), 2] },
        { "add alpha", x => x.add(1, 3), [10, -1] }, { "div floor", x => x.div(2, RoundingMode.floor), [3, -2] },
        { "clamp", x => x.clamp(-1, 1), [1, -1] }, { "clamp min", x => x.clamp(min: 0), [7, 0] },
        { "clamp_max", x => x.clamp_max(0), [0, -4] }, { "> Scalar", x => x > 0, [1, 0] }, { "Scalar >", x => (Scalar)0 > x, [0, 1] },
        { "== Scalar", x => x == 7, [1, 0] }, { "eq", x => x.eq(-4), [0, 1] }, { "fmod", x => x.fmod(3), [1, -1] },
    };

    public static TheoryData<string, Action<Tensor>, double[]> InPlace => new()
    {
        { "add_", x => x.add_(ones(2)), [8, -3] }, { "add_ alpha", x => x.add_(ones(2), 2), [9, -2] },
        { "add_ scalar", x => x.add_(2), [9, -2] }, { "sub_", x => x.sub_(1), [6, -5] }, { "sub_ tensor", x => x.sub_(ones(2)), [6, -5] },
        { "mul_", x => x.mul_(2), [14, -8] }, { "mul_ tensor", x => x.mul_(x), [49, 16] }, { "div_", x => x.div_(2), [3.5, -2] },
        { "div_ floor", x => x.div_(full([2], 3.0), RoundingMode.floor), [2, -2] }, { "pow_", x => x.pow_(2), [49, 16] },
        { "clamp_", x => x.clamp_(-1, 1), [1, -1] }, { "clamp_ tensor", x => x.clamp_(min: zeros(2)), [7, 0] },
        { "fill_", x => x.fill_(3), [3, 3] }, { "zero_", x => x.zero_(), [0, 0] }, { "lerp_", x => x.lerp_(zeros(2), full([2], 0.5)), [3.5, -2] },
        { "addcmul_", x => x.addcmul_(ones(2), ones(2), 0.5), [7.5, -3.5] },
        { "addcdiv_", x => x.addcdiv_(ones(2), full([2], 2.0), -1), [6.5, -4.5] }, { "round_", x => x.div_(2).round_(), [4, -2] },
    };

    [Theory, MemberData(nameof(Functions))]
    public void A_function_matches_dotnets(string name, Func<double, double> expected)
    {
        var x = tensor(Inputs);
        double[] numbers = [.. Inputs.Select(expected)];
        Numbers.AssertClose(numbers, Call(name, x)!, 1e-12);
        if (typeof(Tensor).GetMethod(name + "_", []) is { } inPlace)
        {
            var y = x.clone();
            Assert.Same(y, inPlace.Invoke(y, []));
            Numbers.AssertClose(numbers, y, 1e-12);
        }
    }

    [Theory, MemberData(nameof(Pairs))]
    public void Two_tensors_give(string name, Func<Tensor, Tensor, Tensor> operation, double[] expected)
    {
        Assert.NotEmpty(name);
        Numbers.AssertClose(expected, operation(Numbers.Vector(7, -4), Numbers.Vector(1, 3)));
    }

    [Theory, MemberData(nameof(Scalars))]
    public void A_tensor_and_a_number_give(string name, Func<Tensor, Tensor> operation, double[] expected)
    {
        Assert.NotEmpty(name);
        Numbers.AssertClose(expected, operation(Numbers.Vector(7, -4)));
    }

    [Theory, MemberData(nameof(InPlace))]
    public void In_place_leaves(string name, Action<Tensor> operation, double[] expected)
    {
        Assert.NotEmpty(name);
        var x = Numbers.Vector(7, -4);
        operation(x);
        Numbers.AssertClose(expected, x);
    }

    [Fact]
    public void Rounding_goes_half_to_even()
    {
        var x = Numbers.Vector(0.5, 1.5, 2.5, -0.5);
        Numbers.AssertEqual([0, 2, 2, 0], x.round());
        Numbers.AssertClose([1.23], Numbers.Vector(1.234).round(2));
        Numbers.AssertEqual([3], tensor(new long[] { 3 }).round());
    }

    [Fact]
    public void Values_that_are_not_finite_are_found_and_replaced()
    {
        var x = Numbers.Vector(double.NaN, double.PositiveInfinity, 1);
        Numbers.AssertEqual([1, 0, 0], x.isnan());
        Numbers.AssertEqual([0, 1, 0], x.isinf());
        Numbers.AssertEqual([0, 0, 1], x.isfinite());
        Numbers.AssertEqual([0, 9, 1], x.nan_to_num(posinf: 9));
    }

    [Fact]
    public void Truths_combine()
    {
        var a = tensor(new[] { true, true, false });
        var b = tensor(new[] { true, false, false });
        Numbers.AssertEqual([1, 0, 0], a & b);
        Numbers.AssertEqual([1, 1, 0], a | b);
        Numbers.AssertEqual([0, 1, 0], a ^ b);
        Numbers.AssertEqual([0, 0, 1], ~a);
        Numbers.AssertEqual([0, 0, 1], a.logical_not());
        Numbers.AssertEqual([1, 0, 0], a.logical_and(b));
        Numbers.AssertEqual([1, 1, 0], a.logical_or(b));
    }

    [Fact]
    public void Equality_of_tensors_and_of_elements_are_two_things()
    {
        var x = Numbers.Vector(1, 2);
        Assert.True(x.Equals(x.clone()));
        Assert.False(x.Equals(x + 1));
        Assert.True(x.allclose(x + 1e-9));
        Assert.False(x.allclose(x + 1e-3));
        Numbers.AssertEqual([1, 0], x.isclose(Numbers.Vector(1, 3)));
        Assert.False(x is null);
        Assert.Equal(ScalarType.Bool, (x == x.clone()).dtype);
    }

    [Fact]
    public void Functions_of_torch_are_the_tensor_s_methods()
    {
        int compared = 0;
        foreach (var function in typeof(torch).GetMethods(BindingFlags.Public | BindingFlags.Static))
        {
            var parameters = function.GetParameters();
            if (parameters.Length == 0 || parameters[0].ParameterType != typeof(Tensor) || function.ReturnType != typeof(Tensor)
                || parameters.Skip(1).Any(p => !p.HasDefaultValue) || function.Name.Contains("rand", StringComparison.Ordinal)
                || function.Name.StartsWith("empty", StringComparison.Ordinal) || function.Name.Contains("bitwise", StringComparison.Ordinal)
                || function.Name == "as_tensor" || function.Name.StartsWith("cl", StringComparison.Ordinal))
                continue;
            var method = typeof(Tensor).GetMethod(function.Name, [.. parameters.Skip(1).Select(p => p.ParameterType)]);
            if (method is null)
                continue;
            object?[] rest = [.. parameters.Skip(1).Select(p => p.DefaultValue)];
            var x = tensor(new float[,] { { 0.2f, 0.4f }, { 0.6f, 0.8f } });
            var expected = (Tensor)method.Invoke(x.clone(), rest)!;
            Numbers.AssertEqual(Numbers.Of(expected), (Tensor)function.Invoke(null, [x, .. rest])!);
            compared++;
        }
        Assert.InRange(compared, 60, 1000);
    }

    private static Tensor? Call(string name, Tensor x) => (Tensor?)typeof(Tensor).GetMethod(name, [])!.Invoke(x, []);
}
