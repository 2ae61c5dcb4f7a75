using System.Runtime.Intrinsics.X86;
using Glide.Models;
using Glide.Models.Ops;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

/// <summary>
/// Which kernels a network gets, on other processors than this one too. GLIDE_KERNELS=plain asks for libtorch's, avx2
/// for AVX2's.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class KernelChoiceTests
{
    // Of native/cpu/library.cpp.
    private const int Nothing = 0;
    private const int Float32Only = 1;
    private const int Float32AndBFloat16 = 2;

    private static bool IsPlainAsked => Environment.GetEnvironmentVariable("GLIDE_KERNELS") == "plain";

    [Theory]
    [InlineData(Nothing, "fp32", false)]
    [InlineData(Nothing, "bf16", false)]
    [InlineData(Float32Only, "fp32", true)]
    [InlineData(Float32Only, "bf16", false)]
    [InlineData(Float32AndBFloat16, "fp32", true)]
    [InlineData(Float32AndBFloat16, "bf16", true)]
    public void A_published_network_falls_back_on_libtorch_where_the_processor_lacks_something(int level, string dtype,
        bool isFast)
    {
        var precision = dtype == "fp32" ? Precision.Float32 : Precision.BFloat16;
        var ops = UNetOps.For(Networks.Base, precision, CPU, level);
        Assert.Same(isFast && !IsPlainAsked ? NativeOps.Instance : UNetOps.Plain, ops);
    }

    [Fact]
    public void Weights_of_16_bits_that_are_computed_in_32_go_through_libtorch() =>
        Assert.Same(UNetOps.Plain, UNetOps.For(Networks.Base, Precision.BFloat16Weights, CPU, Float32AndBFloat16));

    [Theory]
    [InlineData(Nothing, false)]
    [InlineData(Float32Only, false)]
    [InlineData(Float32AndBFloat16, true)]
    public void Auto_takes_bf16_only_where_the_processor_multiplies_it(int level, bool gains) =>
        Assert.Equal(gains && !IsPlainAsked, UNetOps.GainFromBFloat16(Networks.Base, level));

    [Theory]
    [InlineData(Nothing, false)]
    [InlineData(Float32Only, true)]
    [InlineData(Float32AndBFloat16, true)]
    public void The_built_in_networks_have_them_in_float32_too(int level, bool isFast)
    {
        var ops = UNetOps.For(Networks.MiniBase, Precision.Float32, CPU, level);
        Assert.Same(isFast && !IsPlainAsked ? NativeOps.Instance : UNetOps.Plain, ops);
    }

    // .NET asks the processor by itself.
    [LibraryFact]
    public void Avx2_is_enough_for_float32_and_where_it_is_asked_for_there_is_no_bf16()
    {
        int narrow = Avx2.IsSupported && Fma.IsSupported ? Float32Only : Nothing;
        bool isWide = Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported;
        Assert.Equal(narrow, NativeOpsLibrary.LevelFor("avx2"));
        Assert.InRange(NativeOpsLibrary.LevelFor(null), narrow, isWide ? Float32AndBFloat16 : narrow);
        Assert.Equal(NativeOpsLibrary.LevelFor(Environment.GetEnvironmentVariable("GLIDE_KERNELS")),
            NativeOpsLibrary.Level);
    }

    [Fact]
    public void A_network_computes_in_either_type_without_the_library()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (var precision in new[] { Precision.Float32, Precision.BFloat16 })
        {
            using var model = UNetModelTests.Filled(Networks.MiniBase, precision,
                UNetOps.For(Networks.MiniBase, precision, CPU, Nothing));
            using var text = UNetModelTests.Prompts(model, rows: 1);
            var answer = model.call(UNetModelTests.Input(model.Config, rows: 1), tensor(new[] { 40f }), text);
            Assert.True(answer.isfinite().all().item<bool>());
        }
    }

    private sealed class LibraryFactAttribute : FactAttribute
    {
        public LibraryFactAttribute()
        {
            if (!File.Exists(Path.Combine(AppContext.BaseDirectory, "libglide_fast.so")))
                Skip = "libglide_fast is missing.";
        }
    }
}
