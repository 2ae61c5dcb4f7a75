using Glide.Models;
using Glide.Models.Accelerated;
using Glide.Models.UNet;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

/// <summary>Which kernels a network gets, on other processors than this one too. GLIDE_KERNELS=plain asks for libtorch's.</summary>
[Collection(TorchCollection.Name)]
public sealed class KernelChoiceTests
{
    // Of src/Accelerated/native/processor.cpp.
    private const int NoAvx512 = 0;
    private const int Avx512 = 1;
    private const int Avx512WithBFloat16 = 2;

    private static bool IsPlainAsked => Environment.GetEnvironmentVariable("GLIDE_KERNELS") == "plain";

    [Theory]
    [InlineData(NoAvx512, "fp32", false)]
    [InlineData(NoAvx512, "bf16", false)]
    [InlineData(Avx512, "fp32", true)]
    [InlineData(Avx512, "bf16", false)]
    [InlineData(Avx512WithBFloat16, "fp32", true)]
    [InlineData(Avx512WithBFloat16, "bf16", true)]
    public void A_published_network_falls_back_on_libtorch_where_the_processor_lacks_something(int level, string dtype, bool isFast)
    {
        var precision = dtype == "fp32" ? Precision.Float32 : Precision.BFloat16;
        var kernels = Kernels.For(UNetConfig.Base, precision, CPU, level);
        Assert.Same(isFast && !IsPlainAsked ? FastKernels.Instance : Kernels.Plain, kernels);
    }

    [Theory]
    [InlineData(NoAvx512, false)]
    [InlineData(Avx512, false)]
    [InlineData(Avx512WithBFloat16, true)]
    public void Auto_takes_bf16_only_where_the_processor_multiplies_it(int level, bool gains) =>
        Assert.Equal(gains && !IsPlainAsked, Kernels.GainFromBFloat16(UNetConfig.Base, level));

    [Theory, InlineData(NoAvx512), InlineData(Avx512), InlineData(Avx512WithBFloat16)]
    public void The_built_in_networks_keep_libtorchs_float32_everywhere(int level) =>
        Assert.Same(Kernels.Plain, Kernels.For(UNetConfig.MiniBase, Precision.Float32, CPU, level));

    [Fact]
    public void A_network_computes_in_either_type_without_the_library()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (var precision in new[] { Precision.Float32, Precision.BFloat16 })
        {
            using var model = UNetModelTests.Filled(UNetConfig.MiniBase, precision, Kernels.For(UNetConfig.MiniBase, precision, CPU, NoAvx512));
            using var text = UNetModelTests.Prompts(model, rows: 1);
            var answer = model.call(UNetModelTests.Input(model.Config, rows: 1), tensor(new[] { 40f }), text);
            Assert.True(answer.isfinite().all().item<bool>());
        }
    }
}
