using System.Reflection;
using Glide.Compat.Tests.Signatures;
using TorchSharp;

namespace Glide.Compat.Tests.Torch;

/// <summary>Code that compiles against the stand-in for TorchSharp compiles against TorchSharp 0.106.</summary>
public class SignatureTests
{
    private static readonly string[] ImplicitConstructors =
    [
        "TorchSharp.Modules.AdamW.Options", "TorchSharp.Modules.OptimizerOptions", "TorchSharp.Modules.ParamGroup",
        "TorchSharp.Utils.ComponentNameAttribute",
    ];

    private static readonly string[] Lines = File.ReadAllLines(SpecFiles.PathOf("torchsharp_0.106_signatures.tsv"));

    private static readonly IReadOnlyList<string> Known = Differences(Lines);

    private static Assembly StandIn => typeof(torch).Assembly;

    /// <summary>Changes to lines of the list that hold members of the stand-in: each must be noticed.</summary>
    public static TheoryData<string, string, string> Changes => new()
    {
        { "TorchSharp.torch.nn", "Linear(long inputSize,", "Linear(long in_features," },
        { "TorchSharp.torch.nn", "GroupNorm(long num_groups, long num_channels, double eps = 1e-05", "GroupNorm(long num_groups, long num_channels, double eps = 1e-06" },
        { "TorchSharp.torch.nn", "PaddingModes padding_mode = PaddingModes.Zeros", "PaddingModes padding_mode = PaddingModes.Reflect" },
        { "TorchSharp.torch.nn", "public static Identity Identity()", "public static Identity Identity(bool inplace = false)" },
        { "TorchSharp.torch.nn", "public static Dropout Dropout(", "public Dropout Dropout(" },
        { "TorchSharp.torch.nn", "public abstract class Module<T, TResult> :", "public sealed class Module<T, TResult> :" },
        { "TorchSharp.torch.nn", "None = 0, Mean = 1, Sum = 2", "None = 0, Sum = 1, Mean = 2" },
        { "TorchSharp.torch.nn.Module", "IList<string> unexpected_keyes", "IList<string> unexpected_keys" },
        { "TorchSharp.torch.nn.Module", "public virtual void train(bool train = true)", "public virtual void train(bool train = false)" },
        { "TorchSharp.torch.nn.Module", "public virtual bool training { get }", "protected virtual bool training { get }" },
        { "TorchSharp.torch.nn.Module", "public virtual void eval()", "public void eval()" },
        { "TorchSharp.torch.nn.Module<T, TResult>", "TResult forward(T input)", "TResult forward(T tensor)" },
        { "TorchSharp.ModuleExtensionMethods", "to<T>(this T module, torch.ScalarType type", "to<T>(T module, torch.ScalarType type" },
        { "TorchSharp.ModuleExtensionMethods", "half<T>(this T module, bool non_blocking = false) where T : torch.nn.Module", "half<T>(this T module, bool non_blocking = false) where T : Tensor" },
        { "TorchSharp.torch.optim", "double weight_decay = 0, bool amsgrad = false", "double weight_decay = 1e-2, bool amsgrad = false" },
        { "TorchSharp.torch.nn.utils", "public static double clip_grad_norm_(", "public static Tensor clip_grad_norm_(" },
        { "TorchSharp.Modules", "public sealed class Linear : torch.nn.Module<Tensor, Tensor>", "public sealed class Linear : torch.nn.Module<Tensor, Tensor, Tensor>" },
        { "TorchSharp.Modules.Linear", "public Parameter weight { get set }", "public Parameter weight { get }" },
        { "TorchSharp.torch.nn.functional", "bool antialias = false", "bool anti_alias = false" },
        { "TorchSharp.torch.nn.functional", "long? stride = null, long? padding = null, long? dilation = null, long groups = 1)", "long? stride = null, long? padding = null, long dilation = 1, long groups = 1)" },
        { "TorchSharp.torch", "BFloat16 = 15", "BFloat16 = 12" },
        { "TorchSharp.torch.Tensor", "public Tensor view(params long[] shape)", "public Tensor view(long[] shape)" },
        { "TorchSharp.torch.Tensor", "operator -(Tensor left, Tensor right)", "operator -(Tensor right, Tensor left)" },
        { "TorchSharp.torch.Tensor", "public T item<T>() where T : unmanaged", "public T item<T>()" },
    };

    [Fact]
    public void Every_public_member_is_in_the_packages_list()
    {
        Assert.True(Known.Count == 0, $"{Known.Count} differences:\n{string.Join('\n', Known)}");
    }

    [Fact]
    public void The_comparison_covers_the_surface() => Assert.InRange(SurfaceComparer.Members(StandIn).Count, 300, int.MaxValue);

    [Theory, MemberData(nameof(Changes))]
    public void A_change_to_a_signature_is_noticed(string container, string present, string changed)
    {
        var lines = Lines.Select(line =>
            line.Split('\t') is [var place, var where, var text] && where == container && text.Contains(present, StringComparison.Ordinal)
                ? $"{place}\t{where}\t{text.Replace(present, changed, StringComparison.Ordinal)}" : line).ToArray();
        Assert.False(lines.SequenceEqual(Lines), $"{container} has no line with '{present}'.");
        Assert.NotEmpty(Differences(lines).Except(Known));
    }

    private static IReadOnlyList<string> Differences(IEnumerable<string> lines) =>
        new SurfaceComparer(SignatureList.Parse(lines), ImplicitConstructors).Differences(StandIn);
}
