using Glide.Models;
using Glide.Models.Ops;
using Glide.Tests.Runtime.Fakes;
using Glide.Tests.Support;
using static Glide.Tests.Models.CudaKernelsTests;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

/// <summary>How the kernels for a GPU are compiled, and where libtorch's are used instead.</summary>
[Collection(TorchCollection.Name)]
public sealed class CudaKernelsFallbackTests(FakeKernels kernels) : IClassFixture<FakeKernels>
{
    private readonly FakeLibtorch _fake = kernels.Fake;
    private readonly CudaKernels _kernels = kernels.Kernels;
    private readonly ChannelsLastOps _ops = new(_ => kernels.Kernels);

    [CompilerFact]
    public void Other_images_are_left_to_libtorch()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var x = SyntheticWeights.Unit("x", 2, 96, 4, 4);
        var normalization = new Normalization(ones([96]), zeros([96]));
        Assert.NotNull(_kernels.Normalize(Arranged(x, ScalarType.Float16), normalization, ScalarType.Float16));
        Assert.Null(_kernels.Normalize(Arranged(x, ScalarType.Float32), normalization, ScalarType.Float32));
        Assert.Null(_kernels.Normalize(x.to(ScalarType.Float16), normalization, ScalarType.Float16));
        Assert.Null(_kernels.Normalize(
            Arranged(x.narrow(1, 0, 48), ScalarType.Float16), normalization, ScalarType.Float16));
        Assert.Null(_kernels.Normalize(
            Arranged(zeros([1, 2080, 2, 2]), ScalarType.Float16), normalization, ScalarType.Float16));
        var shifted = zeros([97], dtype: ScalarType.Float16).narrow(0, 1, 96);
        Assert.False(_kernels.TryAdd(
            Arranged(x, ScalarType.Float16), shifted, Arranged(x, ScalarType.Float16), enlarged: false));
    }

    [CompilerFact]
    public void Where_gradients_are_wanted_libtorch_computes_them()
    {
        using var scope = NewDisposeScope();
        var x = Arranged(SyntheticWeights.Unit("x", 1, 64, 4, 4), ScalarType.BFloat16).requires_grad_(true);
        _fake.TakeNotes();
        _ops.NormalizeSilu(x, ones([64]), zeros([64]), ScalarType.BFloat16).to(ScalarType.Float32).sum().backward();
        Assert.NotNull(x.grad);
        Assert.Empty(_fake.TakeNotes());
    }

    [CompilerFact]
    public void Sums_of_what_does_not_fit_are_refused()
    {
        using var scope = NewDisposeScope();
        Tensor Zeros(params long[] shape) => Arranged(zeros(shape), ScalarType.Float16);
        var (x, bias) = (Zeros(2, 64, 4, 4), zeros([64], dtype: ScalarType.Float16));
        Assert.Throws<ArgumentException>(() => _kernels.TryAdd(x, bias, Zeros(2, 64, 4, 4), enlarged: true));
        Assert.Throws<ArgumentException>(() => _kernels.TryAdd(x, bias, Zeros(1, 64, 4, 4), enlarged: false));
        Assert.Throws<ArgumentException>(() => _kernels.TryAdd(x, bias.narrow(0, 0, 32), x, enlarged: false));
        Assert.Throws<ArgumentException>(
            () => _kernels.TryAdd(x, bias.to(ScalarType.Float32), x, enlarged: false));
        Assert.Throws<ArgumentException>(
            () => _kernels.TryAdd(x, bias, x.to(ScalarType.BFloat16), enlarged: false));
    }

    [CompilerFact]
    public void A_kernel_that_cannot_be_started_is_replaced_by_libtorch()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var x = Arranged(SyntheticWeights.Unit("x", 2, 64, 4, 4), ScalarType.Float16);
        var expected = nn.functional.silu(Normal(x, ones([64]), zeros([64])));
        foreach (int before in (int[])[0, 1])
        {
            _fake.Fail("cuLaunchKernel");
            AssertNear(expected, _ops.NormalizeSilu(x, ones([64]), zeros([64]), ScalarType.Float16));
        }
        _fake.Fail("cuLaunchKernel");
        Assert.False(_kernels.TryAdd(x, zeros([64], dtype: ScalarType.Float16), x, enlarged: false));
    }

    [CompilerFact]
    public void They_are_compiled_for_their_device()
    {
        _fake.TakeNotes();
        Assert.NotNull(CudaKernels.Compile(_fake.Library!, 2).Kernels);
        Assert.Equal(
            [
                "compile with --gpu-architecture=sm_90", "go to device 2", "set device 2", "load the program",
                "go back to device 0", "forget the program",
            ],
            _fake.TakeNotes());
    }

    // Of the devices here one is newer than the compiler, but of a kind that it knows, and one is of another kind.
    [CompilerFact]
    public void A_device_that_is_newer_than_the_compiler_gets_code_for_an_older_one()
    {
        _fake.TakeNotes();
        Assert.NotNull(CudaKernels.Compile(_fake.Library!, 3).Kernels);
        Assert.Equal("compile with --gpu-architecture=sm_90", _fake.TakeNotes()[0]);
        CudaKernels.Compile(_fake.Library!, 7);
        Assert.Equal("compile with --gpu-architecture=sm_120", _fake.TakeNotes()[0]);
    }

    [CompilerFact]
    public void Why_they_cannot_be_compiled_is_said()
    {
        var faults = new Dictionary<string, string>
        {
            ["nvrtcCreateProgram"] = "nvrtcCreateProgram: error 1",
            ["nvrtcCompileProgram"] = "compiling with --gpu-architecture=sm_90 failed: ",
            ["cudaDeviceGetAttribute"] = "an unknown error",
            ["cudaSetDevice"] = "an unknown error",
            ["cuModuleLoadData"] = "cuModuleLoadData: error 300",
        };
        foreach (var (function, fault) in faults)
        {
            _fake.Fail(function);
            (var kernels, string? found) = CudaKernels.Compile(_fake.Library!, 0);
            Assert.Null(kernels);
            Assert.StartsWith(fault, found);
        }
    }
}
