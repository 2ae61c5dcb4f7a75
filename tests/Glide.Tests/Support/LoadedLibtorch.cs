using System.Runtime.CompilerServices;
using Glide.Runtime;

namespace Glide.Tests.Support;

/// <summary>
/// Loads libtorch as the program does, before a test touches a tensor: OpenMP's threads then sleep where others need
/// the processor.
/// </summary>
internal static class LoadedLibtorch
{
#pragma warning disable CA2255 // There is no other place that comes before every test.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Load() => Libtorch.Load();
}
