using Glide.Pipelines;

namespace Glide.Tests.Architecture;

/// <summary>Calls that the library must not make, or in one place only.</summary>
public sealed class BannedCallTests
{
    private static readonly IReadOnlyList<TypeUses.Use> s_uses = TypeUses.In(typeof(GlidePipeline));

    /// <summary>
    /// The beginning of a member's full name, why it is banned, and the types that may use it all the same.
    /// </summary>
    public static TheoryData<string, string, string[]> Banned => new()
    {
        { "System.Console.", "a library writes to no console", [] },
        { "System.Environment.Exit", "only the program ends the process", [] },
        { "System.Random.", "every draw comes from the seed's generator", [] },
        { "TorchSharp.torch.manual_seed", "a seed belongs to a generator, not to the process", [] },
        // The doctor's inputs are the golden files', drawn from a generator of its own.
        { "TorchSharp.torch.rand", "only the sources of noise know the order of draws",
            ["Glide.Diffusion.NoiseSource", "Glide.Training.StepRandom", "Glide.Diagnostics.Doctor"] },
        { "TorchSharp.torch.inference_mode", "its tensors cannot take part in a guidance gradient", [] },
        { "TorchSharp.torch/Tensor.cuda", "devices enter in one place", [] },
        { "TorchSharp.torch/Tensor.half", "number types enter in one place", [] },
    };

    // The operators of TorchSharp that make a Scalar inside are found in its own instructions.
    [Fact]
    public void Numbers_reach_libtorch_in_one_place()
    {
        var makers = TypeUses.MethodsThatReach(typeof(TorchSharp.torch), "TorchSharp.Scalar");
        var calls = TypeUses.CallsIn(typeof(GlidePipeline), makers)
            .Where(call => call.User != "Glide.Runtime.TensorMath");
        Assert.Contains(makers, maker => maker.Contains("op_Multiply(TorchSharp.torch/Tensor,System.Double)",
            StringComparison.Ordinal));
        Assert.False(calls.Any(),
            $"the collector may free the number while libtorch reads it; TensorMath holds it: "
                + $"{string.Join("; ", calls)}");
    }

    [Theory, MemberData(nameof(Banned))]
    public void Only_who_may_calls_it(string member, string why, string[] allowed)
    {
        var callers = s_uses.Where(use => use.Used.StartsWith(member, StringComparison.Ordinal)
            && !allowed.Contains(use.User));
        Assert.False(callers.Any(),
            $"{why}: {string.Join("; ", callers.Select(use => $"{use.User} uses {use.Used}"))}");
    }
}
