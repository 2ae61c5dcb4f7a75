using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Glide.Tests.Support;

namespace Glide.Tests.Runtime.Fakes;

/// <summary>libglide_cuda and fakes of the libraries beneath it, each compiled once for all tests of a class.</summary>
public sealed class FakeLibraries : IDisposable
{
    private static int s_count;

    // The system takes libraries of one name for one library.
    private readonly string _own = $"_{Interlocked.Increment(ref s_count)}";
    private readonly string _folder = Directory.CreateTempSubdirectory("glide-fakes-").FullName;
    private readonly ConcurrentDictionary<string, string> _compiled = new();
    private int _copies;

    /// <summary>The fake of the CUDA runtime.</summary>
    internal nint Runtime => NativeLibrary.Load(CompileRuntime());

    /// <summary>The fake of NVRTC and the driver.</summary>
    internal nint Compiler => NativeLibrary.Load(Compile("caffe2_nvrtc", []));

    /// <summary>A libglide_cuda that nobody has used: the system takes every file for a library of its own.</summary>
    internal string NewLibrary()
    {
        string own = Path.Combine(GoldenFiles.Checkout, "native", "cuda");
        string copy = Path.Combine(_folder, $"libglide_cuda_{Interlocked.Increment(ref _copies)}.so");
        File.Copy(Compile("glide_cuda", Directory.GetFiles(own, "*.cpp")), copy);
        return copy;
    }

    /// <summary>Loads a fake of libtorch.</summary>
    /// <param name="define">What is different about this one, as the compiler is told; empty for nothing.</param>
    /// <returns>The name that it is loaded under.</returns>
    internal string LoadTorch(string define = "")
    {
        string[] options = define.Length == 0 ? [] : [$"-D{define}"];
        string runtime = CompileRuntime();
        string c10 = Compile($"fake_c10_cuda{_own}{define}", [Source("fake_c10_cuda.cpp"), runtime, .. options]);
        string torch = Compile(
            $"fake_torch_cuda{_own}{define}", [Source("fake_torch_cuda.cpp"), c10, runtime, .. options]);
        Compile("caffe2_nvrtc", [Source("fake_nvrtc.cpp"), runtime, $"-DFAKE_DEVICE=\"{Source("fake_device.h")}\""]);
        Compile("nvrtc-builtins", ["-Wl,-soname,libnvrtc-builtins.so.99.1", "-xc++", "/dev/null", "-xnone"]);
        NativeLibrary.Load(torch);
        return Path.GetFileName(torch);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Source(string name) =>
        Path.Combine(GoldenFiles.Checkout, "tests", "Glide.Tests", "Runtime", "Fakes", name);

    private string CompileRuntime() => Compile($"fake_cudart{_own}", [Source("fake_cudart.cpp")]);

    private string Compile(string name, string[] inputs) => _compiled.GetOrAdd(name, _ =>
    {
        string file = Path.Combine(_folder, $"lib{name}.so");
        string[] arguments =
        [
            "-std=c++17", "-shared", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror",
            $"-Wl,-soname,{Path.GetFileName(file)}", "-Wl,-rpath,$ORIGIN", "-Wl,--no-undefined",
            .. inputs, "-ldl", "-o", file,
        ];
        using var compiler = Process.Start(new ProcessStartInfo("g++", arguments) { RedirectStandardError = true })!;
        string errors = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        Assert.True(compiler.ExitCode == 0, errors);
        return file;
    });
}
