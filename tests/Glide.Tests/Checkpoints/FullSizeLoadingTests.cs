using System.Diagnostics;
using Glide.Checkpoints;
using Glide.Models;
using Glide.Models.UNet;
using Glide.Tests.Models;
using Glide.Tests.Support;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace Glide.Tests.Checkpoints;

/// <summary>The base network at its full size, converted and loaded.</summary>
[Collection(TorchCollection.Name)]
public sealed class FullSizeLoadingTests(ITestOutputHelper output) : IDisposable
{
    // Two seconds on an idle machine with the file in memory; a test machine runs other tests beside this one.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2 * 4);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_converted_base_loads_quickly_and_is_the_same()
    {
        using var scope = NewDisposeScope();
        string written = Path.Combine(_folder.Path, "base.safetensors"),
            converted = Path.Combine(_folder.Path, "converted.safetensors");
        using var original = new UNetModel(Networks.Base, Precision.Float32, CPU);
        SyntheticWeights.Fill(original);
        SafetensorsWriter.Write(written, original.named_parameters()
            .Select(entry => (entry.name, ElementType.Float32, entry.parameter.shape, WriterOf(entry.parameter))),
            null);
        CheckpointConverter.ConvertAs(written, converted, ElementType.Float16);
        foreach (string path in (string[])[written, converted])
        {
            var shortest = TimeSpan.MaxValue;
            for (int time = 0; time < 2; time++)
            {
                var clock = Stopwatch.StartNew();
                using var network = new UNetModel(Networks.Base, Precision.Float32, CPU);
                using var checkpoint = Checkpoint.Open(path);
                ModuleLoader.Load(network, "base", checkpoint);
                shortest = clock.Elapsed < shortest ? clock.Elapsed : shortest;
                AssertSame(original, network, isRounded: path == converted);
            }
            output.WriteLine($"{Path.GetFileName(path)}: {shortest.TotalSeconds:0.00} s");
            Assert.True(shortest < s_limit, $"{shortest.TotalSeconds:0.00} s");
        }
    }

    private static Action<Stream> WriterOf(Tensor tensor) => stream => stream.Write(tensor.bytes);

    private static void AssertSame(UNetModel original, UNetModel network, bool isRounded)
    {
        using var scope = NewDisposeScope();
        foreach (var ((name, expected), (_, loaded)) in original.named_parameters().Zip(network.named_parameters()))
        {
            var wanted = isRounded ? expected.to(ScalarType.Float16).to(ScalarType.Float32) : expected;
            Assert.True(loaded.allclose(wanted, rtol: 0, atol: 0), name);
        }
    }
}
