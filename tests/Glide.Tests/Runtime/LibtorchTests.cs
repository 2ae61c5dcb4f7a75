using Glide.Models.Ops;
using Glide.Runtime;
using TorchSharp;

namespace Glide.Tests.Runtime;

public sealed class LibtorchTests
{
    [Fact]
    public void The_version_is_the_one_that_TorchSharp_was_built_against() =>
        Assert.Equal($"{Libtorch.PackageVersion}.0", torch.__version__);

    // Two would keep a pool of threads each, and wait for each other's cores.
    [Fact]
    public void Our_library_and_libtorch_share_one_libgomp()
    {
        Assert.InRange(NativeOpsLibrary.Level, 0, 2);
        Assert.Single(File.ReadLines("/proc/self/maps")
            .Where(row => row.Contains("libgomp", StringComparison.Ordinal))
            .Select(row => row[row.IndexOf('/', StringComparison.Ordinal)..])
            .Distinct());
    }
}
