using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace SixLabors.ImageSharp.Interop;

/// <summary>Lets native code read and write a stream; what the stream throws is kept and thrown again behind it.</summary>
internal sealed unsafe class StreamBridge : IDisposable
{
    private readonly Stream _stream;
    private GCHandle _handle;
    private ExceptionDispatchInfo? _failure;

    public StreamBridge(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _handle = GCHandle.Alloc(this);
    }

    public IntPtr Handle => GCHandle.ToIntPtr(_handle);

    public static delegate* unmanaged<IntPtr, byte*, long, long> Reader => &Read;

    public static delegate* unmanaged<IntPtr, byte*, long, int> Writer => &Write;

    /// <summary>Throws what the stream threw, if it did.</summary>
    public void ThrowIfFailed() => _failure?.Throw();

    public void Dispose()
    {
        if (_handle.IsAllocated)
            _handle.Free();
    }

    [UnmanagedCallersOnly]
    private static long Read(IntPtr handle, byte* buffer, long count)
    {
        var bridge = (StreamBridge)GCHandle.FromIntPtr(handle).Target!;
        try
        {
            return bridge._stream.Read(new Span<byte>(buffer, (int)Math.Min(count, 1 << 20)));
        }
#pragma warning disable CA1031 // No exception may run into native frames; ThrowIfFailed throws it again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            bridge._failure = ExceptionDispatchInfo.Capture(exception);
            return -1;
        }
    }

    [UnmanagedCallersOnly]
    private static int Write(IntPtr handle, byte* bytes, long count)
    {
        var bridge = (StreamBridge)GCHandle.FromIntPtr(handle).Target!;
        try
        {
            bridge._stream.Write(new ReadOnlySpan<byte>(bytes, checked((int)count)));
            return 0;
        }
#pragma warning disable CA1031 // No exception may run into native frames; ThrowIfFailed throws it again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            bridge._failure = ExceptionDispatchInfo.Capture(exception);
            return -1;
        }
    }
}
