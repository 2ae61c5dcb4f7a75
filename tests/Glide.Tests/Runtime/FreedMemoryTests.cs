using System.Runtime.InteropServices;
using Glide.Runtime;

namespace Glide.Tests.Runtime;

/// <summary>The limits of what glibc keeps of freed memory.</summary>
public sealed class FreedMemoryTests
{
    // glibc's malloc.c: the word before the bytes has the chunk's size, and this bit where the system maps it alone.
    private const long IsMapped = 2;

    // More than other tests have left free: what fits into a hole of theirs is not mapped, whatever its size.
    private const int Many = 100;

    [Theory]
    [InlineData(20, 1, false)]
    [InlineData(25, Many, true)]
    public void Only_larger_tensors_are_returned_to_the_system_at_once(int megabytes, int count, bool mapped)
    {
        if (!OperatingSystem.IsLinux())
            return;
        FreedMemory.Limit();
        nint[] blocks = [.. Enumerable.Range(0, count).Select(_ => Marshal.AllocHGlobal(megabytes << 20))];
        try
        {
            Assert.Equal(mapped, (Marshal.ReadInt64(blocks[^1] - sizeof(long)) & IsMapped) != 0);
        }
        finally
        {
            Array.ForEach(blocks, Marshal.FreeHGlobal);
        }
    }
}
