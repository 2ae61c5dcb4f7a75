using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Glide.Runtime;

/// <summary>The libtorch of this process: that of the package, or the one that <c>LIBTORCH</c> names.</summary>
/// <remarks>
/// It is loaded here, before TorchSharp is used: OpenMP reads its variables once, when it is loaded, and whichever
/// libtorch is loaded first is the one that every other library binds to. TorchSharp loads it by name and gets the one
/// that is already loaded, because on Linux none is beside the program.
/// </remarks>
internal static partial class Libtorch
{
    /// <summary>
    /// The environment variable that names another libtorch, such as the <c>torch</c> folder of a Python installation.
    /// </summary>
    public const string Variable = "LIBTORCH";

    // Version that TorchSharp was built against; asking TorchSharp would load libtorch.
    internal const string PackageVersion = "2.10.0";

    private const int BindNow = 2;                 // RTLD_NOW
    private const int BindLazily = 1;              // RTLD_LAZY
    private const int OnlyIfLoaded = 4;            // RTLD_NOLOAD

    // Each needs those before it. Only some builds have the CUDA libraries; libgomp, the first of all, has many names.
    private static readonly string[] s_libraries =
        ["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"];

    private static readonly Lazy<string?> s_folder = new(() => LoadFrom(Environment.GetEnvironmentVariable(Variable)));

    /// <summary>Folder of libtorch, <c>null</c> for that of the package; loads it.</summary>
    /// <exception cref="UsageException">The folder that <c>LIBTORCH</c> names has no libtorch, or one of the wrong
    /// version.</exception>
    /// <exception cref="ResourceException">The package's libtorch is missing or cannot be loaded.</exception>
    public static string? Folder => s_folder.Value;

    /// <summary>Version and origin, for display; loads libtorch.</summary>
    /// <inheritdoc cref="Folder" path="/exception"/>
    public static string Description => Folder is { } folder
        ? $"{VersionIn(folder)} in {folder}"
        : $"{PackageVersion} of the package";

    /// <summary>Loads libtorch; only the first call has an effect.</summary>
    /// <inheritdoc cref="Folder" path="/exception"/>
    public static void Load() => _ = Folder;

    /// <summary>The version according to a folder's files, such as <c>2.11.0+cu130</c>.</summary>
    internal static string VersionIn(string folder)
    {
        // lib/../build-version of an unpacked libtorch; lib/../version.py of a Python installation: __version__ =
        // '2.11.0+cu130'
        string top = Path.GetDirectoryName(folder.TrimEnd('/'))!;
        string plain = Path.Combine(top, "build-version"), python = Path.Combine(top, "version.py");
        if (File.Exists(plain))
            return File.ReadAllText(plain).Trim();
        return File.Exists(python) && PythonVersion().Match(File.ReadAllText(python)) is { Success: true } found
            ? found.Groups[1].Value
            : "unknown version";
    }

    private static string? LoadFrom(string? chosen)
    {
        ThreadWaiting.Choose();
        FreedMemory.Limit();
        bool isChosen = !string.IsNullOrEmpty(chosen);
        if (!OperatingSystem.IsLinux())
        {
            return isChosen
                ? throw new UsageException(
                    $"{Variable} is set to '{chosen}'; another libtorch can be chosen on Linux only; unset it")
                : null;
        }
        string folder = isChosen ? FindLibraries(chosen!) : Path.Combine(AppContext.BaseDirectory, "libtorch");
        if (!Directory.Exists(folder))
        {
            throw new ResourceException(
                $"libtorch is missing; there is no {folder}; set {Variable} to the torch folder of "
                    + $"a Python installation, or of an unpacked libtorch {PackageVersion} or newer, or build glide "
                    + "again");
        }
        LoadLibraries(folder);
        return isChosen ? folder : null;
    }

    private static string FindLibraries(string chosen)
    {
        string[] places = [Path.Combine(chosen, "lib"), chosen, Path.Combine(chosen, "torch", "lib")];
        return places.Where(place => File.Exists(Path.Combine(place, "libtorch_cpu.so"))).Select(Path.GetFullPath)
            .FirstOrDefault()
            ?? throw new UsageException(
                $"{Variable} is '{chosen}', where there is no lib/libtorch_cpu.so; give the folder of an unpacked "
                    + $"libtorch "
                + "or the torch folder of a Python installation, or unset it");
    }

    private static void LoadLibraries(string folder)
    {
        // Looking up dlerror clears its message, so it is looked up early.
        _ = LastError();
        foreach (string library in s_libraries.Select(name => Path.Combine(folder, name)).Where(File.Exists))
            Open(library, BindLazily, folder);
        // If it had another name, as in Linux distributions, the package's own would be loaded as well.
        foreach (string name in s_libraries.Where(name => File.Exists(Path.Combine(folder, name))))
            Open(name, BindLazily | OnlyIfLoaded, folder);
        // Bound eagerly, so that a missing function shows now and not in the middle of a run.
        Open(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"), BindNow, folder);
    }

    private static void Open(string library, int mode, string folder)
    {
        if (OpenLibrary(library, mode) != 0)
            return;
        string reason = Marshal.PtrToStringUTF8(LastError())
            ?? $"its {Path.GetFileName(library)} was built under another name";
        if (Environment.GetEnvironmentVariable(Variable) is null or "")
        {
            throw new ResourceException(
                $"libtorch cannot be loaded; {reason}; free some memory, or build glide or publish it again");
        }
        throw new UsageException(
            $"the libtorch in {folder} does not fit this program: {VersionIn(folder)}; {reason}; "
            + $"set {Variable} to one of version {PackageVersion}, or unset it");
    }

    [GeneratedRegex("__version__ *= *['\"]([^'\"]+)['\"]")]
    private static partial Regex PythonVersion();

    [LibraryImport("libc", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint OpenLibrary(string path, int mode);

    [LibraryImport("libc", EntryPoint = "dlerror")]
    private static partial nint LastError();
}
