using System.Runtime.InteropServices;
using Glide.Runtime;

namespace Glide.Tests.Runtime;

/// <summary>The limits of what glibc keeps of freed memory.</summary>
public sealed class FreedMemoryTests
{
    // glibc's malloc.c: the word before the bytes has the chunk's size, and this bit where the system maps it alone.
    private const long IsMapped = 2;

    [Theory]
    [InlineData(20, false)]
    [InlineData(25, true)]
    public void Only_larger_tensors_are_returned_to_the_system_at_once(int megabytes, bool mapped)
    {
        if (!OperatingSystem.IsLinux())
            return;
        FreedMemory.Limit();
        nint bytes = Marshal.AllocHGlobal(megabytes << 20);
        try
        {
            Assert.Equal(mapped, (Marshal.ReadInt64(bytes - sizeof(long)) & IsMapped) != 0);
        }
        finally
        {
            Marshal.FreeHGlobal(bytes);
        }
    }
}
