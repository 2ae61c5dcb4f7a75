using Glide.Models.Ops;

namespace Glide.Tests.Runtime.Fakes;

/// <summary>The kernels for a GPU, compiled for this processor once for all tests of a class.</summary>
public sealed class FakeKernels : IDisposable
{
    private readonly FakeLibraries _libraries = new();
    private readonly Lazy<FakeLibtorch> _fake;
    private readonly Lazy<CudaKernels> _kernels;

    public FakeKernels()
    {
        _fake = new(() => new FakeLibtorch(_libraries));
        _kernels = new(() =>
        {
            (var kernels, string? fault) = CudaKernels.Compile(Fake.Library!, 0);
            Assert.Null(fault);
            return kernels!;
        });
    }

    internal FakeLibtorch Fake => _fake.Value;

    internal CudaKernels Kernels => _kernels.Value;

    public void Dispose() => _libraries.Dispose();
}
