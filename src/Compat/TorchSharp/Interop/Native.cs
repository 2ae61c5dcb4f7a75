using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

[assembly: DisableRuntimeMarshalling]

namespace TorchSharp.Interop;

/// <summary>
/// The C functions of libglide_torch, one per operation. The library, and libtorch with it, is loaded at the first call.
/// A function that makes a tensor returns null on an error; one that does not returns 0 for success.
/// </summary>
internal static partial class Native
{
    private const string Library = "glide_torch";

    static Native() => NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, Resolve);

    /// <summary>Throws the native side's last error if <paramref name="status"/> is not 0.</summary>
    internal static void Check(int status)
    {
        if (status != 0)
            throw LastError();
    }

    /// <summary>Wraps a handle made by the native side; 0 stands for an error there.</summary>
    internal static Tensor Take(nint handle) => handle == 0 ? throw LastError() : new Tensor(handle);

    /// <summary>The error that the native side kept for this thread: first line of libtorch's message.</summary>
    [SuppressMessage("Usage", "CA2201", Justification = "TorchSharp throws this type, and callers catch it.")]
    internal static ExternalException LastError()
        => new(Marshal.PtrToStringUTF8(last_error()) ?? "libtorch failed without a message.");

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
            return 0;
        string file = Path.Combine(AppContext.BaseDirectory, "libglide_torch.so");
        if (NativeLibrary.TryLoad(file, out nint library) || NativeLibrary.TryLoad(Library, assembly, path, out library))
            return library;
        if (!File.Exists(file))
            throw new DllNotFoundException($"{file} is missing: run scripts/setup, which builds it against libtorch.");
        return NativeLibrary.Load(file);                      // it is there but does not load: the loader says why
    }
}
