using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Glide.Devices;
using Glide.Tests.Support;

namespace Glide.Tests.Devices.Fakes;

/// <summary>libglide_cuda over fakes of libtorch and of the CUDA runtime, all of them compiled here. It needs no GPU.</summary>
internal sealed unsafe class FakeLibtorch : IDisposable
{
    private const int MostBytesOfNotes = 1 << 16;

    private readonly string _folder = Directory.CreateTempSubdirectory("glide-fakes-").FullName;
    private readonly string _name;
    private readonly nint _runtime;

    /// <param name="name">Sets it apart: the system would take a loaded library for another of the same name.</param>
    /// <param name="defines">What is different about this one, as the compiler is told.</param>
    public FakeLibtorch(string name, params string[] defines)
    {
        _name = name;
        string sources = Path.Combine(GoldenFiles.Checkout, "tests", "Glide.Tests", "Devices", "Fakes");
        string runtime = Compile("fake_cudart", [Path.Combine(sources, "fake_cudart.cpp")], defines, []);
        string c10 = Compile("fake_c10_cuda", [Path.Combine(sources, "fake_c10_cuda.cpp")], defines, [runtime]);
        string torch = Compile("fake_torch_cuda", [Path.Combine(sources, "fake_torch_cuda.cpp")], defines, [c10, runtime]);
        string own = Path.Combine(GoldenFiles.Checkout, "src", "Accelerated", "cuda");
        LibraryFile = Compile("glide_cuda", Directory.GetFiles(own, "*.cpp"), [], []);
        NativeLibrary.Load(torch);
        _runtime = NativeLibrary.Load(runtime);
        (Library, Fault) = CudaLibrary.Load(LibraryFile, Path.GetFileName(torch));
    }

    /// <summary>The library's file.</summary>
    public string LibraryFile { get; }

    /// <summary>The library over the fakes; <c>null</c> where they lack something.</summary>
    public CudaLibrary? Library { get; }

    /// <summary>What they lack.</summary>
    public string? Fault { get; }

    /// <summary>The calls since the last time.</summary>
    public string[] TakeNotes()
    {
        byte* text = stackalloc byte[MostBytesOfNotes];
        int length = ((delegate* unmanaged<byte*, int, int>)NativeLibrary.GetExport(_runtime, "fake_take"))(text, MostBytesOfNotes);
        Assert.InRange(length, 0, MostBytesOfNotes - 1);
        return Encoding.UTF8.GetString(text, length).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Lets the next call of a function fail.</summary>
    public void Fail(string function)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(function + '\0'))
            ((delegate* unmanaged<byte*, void>)NativeLibrary.GetExport(_runtime, "fake_fail"))(name);
    }

    /// <summary>Every event recorded from now on is found unfinished so many times.</summary>
    public void KeepBusy(int times) => ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(_runtime, "fake_keep_busy"))(times);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Compile(string library, string[] sources, string[] defines, string[] needed)
    {
        string file = Path.Combine(_folder, $"lib{library}_{_name}.so");
        string[] arguments =
        [
            "-std=c++17", "-shared", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror", $"-Wl,-soname,{Path.GetFileName(file)}",
            "-Wl,-rpath,$ORIGIN", "-Wl,--no-undefined", .. defines.Select(define => $"-D{define}"), .. sources, .. needed, "-ldl", "-o", file,
        ];
        using var compiler = Process.Start(new ProcessStartInfo("g++", arguments) { RedirectStandardError = true })!;
        string errors = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        Assert.True(compiler.ExitCode == 0, errors);
        return file;
    }
}
