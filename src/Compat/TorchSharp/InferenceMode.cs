using TorchSharp.Interop;

namespace TorchSharp;

/// <summary>Like no_grad, and what is made in it can never take part in a gradient. Ends where it is disposed.</summary>
internal sealed class InferenceMode : IDisposable
{
    private nint _guard;

    public InferenceMode(bool mode) => _guard = Native.inference_mode_enter(mode);

    public static bool IsEnabled => Native.is_inference_mode_enabled() != 0;

    public void Dispose()
    {
        if (_guard == 0)
            return;
        Native.inference_mode_exit(_guard);
        _guard = 0;
    }
}
