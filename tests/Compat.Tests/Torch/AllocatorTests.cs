using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Glide.Compat.Tests.Torch;

[Collection(TorchCollection.Name)]
public sealed class AllocatorTests
{
    private const long Megabyte = 1 << 20;

    // Sizes with and without huge pages; no other test leaves blocks behind that would do for them.
    [Theory, InlineData(13 * Megabyte / 10), InlineData(50 * Megabyte + 12)]
    public void A_freed_block_serves_the_next_tensor_of_its_size(long bytes)
    {
        nint first = AddressOfNew(bytes);
        Assert.Equal(first, AddressOfNew(bytes));
        Assert.Equal(first, AddressOfNew(bytes * 9 / 10));
        Assert.NotEqual(first, AddressOfNew(bytes / 2));
    }

    [Fact]
    public void A_block_in_use_serves_nobody_else()
    {
        using var a = ones([4 * Megabyte], dtype: ScalarType.Byte);
        using var b = zeros([4 * Megabyte], dtype: ScalarType.Byte);
        Assert.Equal(4 * Megabyte, a.sum().item<long>());
        Assert.Equal(0, b.sum().item<long>());
    }

    [Fact]
    public void Much_memory_that_is_freed_goes_back_to_the_system()
    {
        const long each = 40 * Megabyte;
        const int count = 20;
        long before = Resident();
        var tensors = Enumerable.Range(0, count).Select(_ => ones([each], dtype: ScalarType.Byte)).ToList();
        Assert.InRange(Resident() - before, count * each, long.MaxValue);
        tensors.ForEach(tensor => tensor.Dispose());
        // 128 MB may wait for the next tensors; the rest of the process moves a little too.
        Assert.InRange(Resident() - before, long.MinValue, (128 + 32) * Megabyte);
    }

    [Fact]
    public void Threads_share_the_blocks_without_mixing_them_up()
    {
        Parallel.For(0, 8, thread =>
        {
            for (int round = 0; round < 50; round++)
            {
                using var scope = NewDisposeScope();
                var mine = full([(1 + (round % 3)) * Megabyte], thread, dtype: ScalarType.Byte);
                var other = full([Megabyte], 255 - thread, dtype: ScalarType.Byte);
                Assert.Equal(mine.numel() * thread, mine.sum().item<long>());
                Assert.Equal(Megabyte * (255 - thread), other.sum().item<long>());
            }
        });
    }

    // oneDNN's convolutions take and free memory of their own by another way than tensors do.
    [Fact]
    public void Convolutions_and_activations_of_every_size_are_computed_and_freed()
    {
        for (int side = 4; side <= 128; side *= 2)
        {
            using var scope = NewDisposeScope();
            var x = ones([2, 16, side, side]);
            var y = nn.functional.gelu(nn.functional.conv2d(x, ones([16, 16, 1, 1])));
            Assert.Equal(16, y.max().item<float>(), 1e-4f);
        }
    }

    [Fact]
    public void More_than_there_is_is_refused_by_name()
    {
        var error = Record.Exception(() => empty([1L << 52], dtype: ScalarType.Byte));
        Assert.Contains("can't allocate memory", error!.Message, StringComparison.Ordinal);
    }

    private static nint AddressOfNew(long bytes)
    {
        using var made = empty([bytes], dtype: ScalarType.Byte);
        return Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref MemoryMarshal.GetReference(made.bytes));
    }

    private static long Resident() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
}
