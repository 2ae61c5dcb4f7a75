using TorchSharp.Interop;

namespace TorchSharp;

/// <summary>Records operations for gradients, or does not, on this thread until it is disposed.</summary>
internal sealed class AutoGradMode : IDisposable
{
    private readonly bool _before;
    private bool _disposed;

    public AutoGradMode(bool enabled)
    {
        _before = IsEnabled;
        Native.set_grad_enabled(enabled);
    }

    public static bool IsEnabled => Native.is_grad_enabled() != 0;

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Native.set_grad_enabled(_before);
    }
}
