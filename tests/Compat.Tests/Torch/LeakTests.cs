using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Compat.Tests.Torch;

[Collection(TorchCollection.Name)]
public class LeakTests
{
    private static long Live => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    /// <summary>Operations that make helpers of their own, several results, or fail half-way.</summary>
    public static TheoryData<string, Action<Tensor>> Operations => new()
    {
        { "add", x => (x + x).Dispose() }, { "number minus", x => (1 - x).Dispose() }, { "number by", x => (1 / x).Dispose() },
        { "normalize", x => functional.normalize(x).Dispose() }, { "std with a type", x => x.std([1], type: float64).Dispose() },
        { "leaky_relu", x => functional.leaky_relu(x, inplace: true).Dispose() }, { "tensor", _ => tensor(new float[] { 1 }, dtype: float16).Dispose() },
        { "chunk", x => Array.ForEach(x.chunk(2), part => part.Dispose()) }, { "item", x => x[0, 0].Dispose() },
        { "ToScalar", x => { using var y = x.max(); y.ToSingle(); } }, { "index", x => { using var y = x[.., 1..]; } },
        { "sort", x => { var (values, places) = x.sort(); values.Dispose(); places.Dispose(); } },
        { "scope", x => { using var scope = NewDisposeScope(); x.add(x).mul(x).sum(); } },
        { "gradient", x => { using var scope = NewDisposeScope(); var y = x.detach().requires_grad_(); (y * y).sum().backward(); y.grad!.Dispose(); } },
    };

    [Theory, MemberData(nameof(Operations))]
    public void A_thousand_operations_leave_no_tensor_behind(string name, Action<Tensor> operation)
    {
        Assert.NotEmpty(name);
        using var x = Numbers.Counted(2, 3);
        long before = Live;
        for (int i = 0; i < 1000; i++)
            operation(x);
        Assert.Equal(before, Live);
    }

    [Fact]
    public void Failures_leave_no_tensor_behind()
    {
        using var x = Numbers.Counted(2, 3);
        long before = Live;
        for (int i = 0; i < 20; i++)                           // libtorch takes long to describe where it failed
        {
            Assert.Throws<ExternalException>(() => x.matmul(x));
            Assert.Throws<ExternalException>(() => x.split(new long[] { 3 }));
        }
        Assert.Equal(before, Live);
    }

    [Fact]
    public void What_nobody_disposes_the_finalizer_frees()
    {
        Forget();
        long before = Tensor.TotalCount;
        Forget();
        Assert.InRange(Tensor.TotalCount, before + 1, long.MaxValue);
        for (int i = 0; i < 10 && Tensor.TotalCount > before; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.InRange(Tensor.TotalCount, 0, before);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Forget()
        {
            for (int i = 0; i < 100; i++)
                _ = zeros(10);
        }
    }

    [Fact]
    public void Memory_is_given_back()
    {
        const long megabyte = 1 << 20;
        for (int i = 0; i < 200; i++)
            empty(16 * megabyte).Dispose();                    // 64 MB each: 12 GB in all if it leaked
        Assert.InRange(Environment.WorkingSet, 0, 4096 * megabyte);
    }
}
