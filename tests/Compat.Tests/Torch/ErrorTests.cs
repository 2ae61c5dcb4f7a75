using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Compat.Tests.Torch;

[Collection(TorchCollection.Name)]
public class ErrorTests
{
    public static TheoryData<string, Action> Failures => new()
    {
        { "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)", () => ones(2, 3).matmul(ones(2, 3)) },
        { "The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0", () => ones(2).add_(ones(3)) },
        { "shape '[5]' is invalid for input of size 6", () => ones(2, 3).reshape(5) },
        { "Dimension out of range (expected to be in range of [-1, 0], but got 3)", () => ones(2).unsqueeze(0).squeeze(0).max(3) },
        { "index_select(): Expected dtype int32 or int64 for index", () => ones(2).index_select(0, ones(1)) },
        { "element 0 of tensors does not require grad and does not have a grad_fn", () => ones(1).backward() },
        { "permute", () => ones(2, 3).permute(0) },
    };

    [Theory, MemberData(nameof(Failures))]
    public void A_failure_is_an_ExternalException_with_the_first_line(string message, Action action)
    {
        var exception = Assert.Throws<ExternalException>(action);
        Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void Nothing_that_fails_ends_the_process()
    {
        Assert.Throws<ExternalException>(() => zeros(-1));
        Assert.Throws<ExternalException>(() => empty(1L << 60));
        Assert.Throws<ExternalException>(() => zeros(2).to(new Device(DeviceType.MPS, 0)));
        Assert.Throws<ExternalException>(() => einsum("ij,jk", zeros(2)));
        Assert.Throws<ExternalException>(() => cat(Array.Empty<Tensor>()));
        Assert.Throws<ExternalException>(() => ones(2).view(3));
        Assert.Throws<ExternalException>(() => ones(2, 2)[0, 5]);
        Assert.Throws<ExternalException>(() => ones(2).split(new long[] { 3 }));
        Assert.Throws<ExternalException>(() => functional.conv2d(ones(1, 1, 2, 2), ones(1, 2, 1, 1)));
        Assert.Throws<ExternalException>(() => set_num_threads(0));
        Numbers.AssertEqual([2, 2], ones(2) + 1);
    }

    [Fact]
    public void Errors_belong_to_their_thread()
    {
        Parallel.For(0, 64, i =>
        {
            var exception = Assert.Throws<ExternalException>(() => ones(6).reshape(7 + i));
            Assert.Contains($"[{7 + i}]", exception.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_disposed_tensor_says_so()
    {
        var x = ones(1);
        x.Dispose();
        Assert.Throws<InvalidOperationException>(() => x + 1);
        Assert.Throws<InvalidOperationException>(() => ones(1) + x);
        Assert.Throws<InvalidOperationException>(() => x.Handle);
    }

    [Fact]
    public void Null_is_refused_before_it_reaches_libtorch()
    {
        var x = ones(2);
        Assert.Throws<ArgumentNullException>(() => x + (Tensor)null!);
        Assert.Throws<ArgumentNullException>(() => x.index_select(0, null!));
        Assert.Throws<ArgumentNullException>(() => functional.linear(x, null!));
        Assert.Throws<ArgumentNullException>(() => x[TensorIndex.Tensor(null!)]);
        Assert.ThrowsAny<Exception>(() => cat([x, null!]));
    }

    [Fact]
    public void A_missing_device_is_named()
    {
        if (cuda.is_available())
            return;
        Assert.Equal(0, cuda.device_count());
        Assert.False(cuda.is_cudnn_available());
        Assert.Throws<InvalidOperationException>(() => CUDA);
        Assert.Throws<InvalidOperationException>(() => device("cuda:0"));
        Assert.Throws<ExternalException>(() => ones([1], device: new Device("cuda:0")));
        Assert.Throws<ExternalException>(() => cuda.synchronize());
        cuda.manual_seed_all(1);
    }

    [Fact]
    public void Settings_are_kept()
    {
        int threads = get_num_threads();
        set_num_threads(1);
        Assert.Equal(1, get_num_threads());
        set_num_threads(threads);
        bool tf32 = backends.cuda.matmul.allow_tf32;
        backends.cuda.matmul.allow_tf32 = !tf32;
        Assert.Equal(!tf32, backends.cuda.matmul.allow_tf32);
        backends.cuda.matmul.allow_tf32 = tf32;
        bool cudnn = backends.cudnn.allow_tf32;
        backends.cudnn.allow_tf32 = !cudnn;
        Assert.Equal(!cudnn, backends.cudnn.allow_tf32);
        backends.cudnn.allow_tf32 = cudnn;
        backends.cuda.enable_flash_sdp(false);
        Assert.False(backends.cuda.flash_sdp_enabled());
        backends.cuda.enable_flash_sdp(true);
        Assert.True(backends.cuda.math_sdp_enabled());
        Assert.True(get_num_interop_threads() > 0);
        Assert.Matches(@"^\d+\.\d+\.\d+", __version__);
        set_default_dtype(float64);
        Assert.Equal(float64, zeros(1).dtype);
        set_default_dtype(float32);
        Assert.Throws<ArgumentException>(() => set_default_dtype(int64));
    }

    [Fact]
    public void Every_entry_point_exists()
    {
        zeros(1).Dispose();
        nint library = NativeLibrary.Load(Path.Combine(AppContext.BaseDirectory, "libglide_torch.so"));
        var names = typeof(torch).Assembly.GetType("TorchSharp.Interop.Native", throwOnError: true)!
            .GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            .Select(method => method.GetCustomAttribute<DllImportAttribute>()?.EntryPoint)
            .OfType<string>().ToList();
        Assert.InRange(names.Count, 300, 1000);
        Assert.All(names, name => Assert.True(NativeLibrary.TryGetExport(library, name, out nint _), name));
    }
}
