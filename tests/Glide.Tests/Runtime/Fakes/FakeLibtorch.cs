using System.Runtime.InteropServices;
using System.Text;
using Glide.Runtime;

namespace Glide.Tests.Runtime.Fakes;

/// <summary>libglide_cuda over a libtorch that takes notes of what it is told.</summary>
internal sealed unsafe class FakeLibtorch
{
    private const int MostBytesOfNotes = 1 << 16;

    private readonly nint _runtime;
    private readonly nint _compiler;

    public FakeLibtorch(FakeLibraries libraries, string define = "")
    {
        string torch = libraries.LoadTorch(define);
        _runtime = libraries.Runtime;
        _compiler = libraries.Compiler;
        ((delegate* unmanaged<void>)Function("fake_begin_anew"))();
        (Library, Fault) = CudaLibrary.Load(libraries.NewLibrary(), torch);
    }

    /// <summary>The library over the fakes; <c>null</c> where they lack something.</summary>
    public CudaLibrary? Library { get; }

    /// <summary>What they lack.</summary>
    public string? Fault { get; }

    /// <summary>The calls since the last time.</summary>
    public string[] TakeNotes()
    {
        byte* text = stackalloc byte[MostBytesOfNotes];
        int length = ((delegate* unmanaged<byte*, int, int>)Function("fake_take"))(text, MostBytesOfNotes);
        Assert.InRange(length, 0, MostBytesOfNotes - 1);
        return Encoding.UTF8.GetString(text, length).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Lets the next call of a function fail.</summary>
    public void Fail(string function)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(function + '\0'))
            ((delegate* unmanaged<byte*, void>)Function("fake_fail"))(name);
    }

    /// <summary>Every event recorded from now on is found unfinished so many times.</summary>
    public void KeepBusy(int times) => ((delegate* unmanaged<int, void>)Function("fake_keep_busy"))(times);

    /// <summary>In which order a block's threads run between two barriers.</summary>
    public void RunBackwards(bool isWanted) => ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(
        _compiler, "fake_run_backwards"))(isWanted ? 1 : 0);

    private nint Function(string name) => NativeLibrary.GetExport(_runtime, name);
}
