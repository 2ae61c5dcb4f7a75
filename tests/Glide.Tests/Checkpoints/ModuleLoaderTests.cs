using System.Runtime.InteropServices;
using Glide.Checkpoints;
using Glide.Tests.Support;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Tests.Checkpoints;

[Collection(TorchCollection.Name)]
public sealed class ModuleLoaderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<ScalarType> Types =>
        new() { ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float64 };

    [Theory, MemberData(nameof(Types))]
    public void Golden_numbers_arrive_in_the_parameters_whatever_their_type(ScalarType type)
    {
        // half, brain and double have 11, 8 and 53 bits; all fit fp32, and each is rounded to what the parameter has.
        using var checkpoint = Checkpoint.Open(GoldenFiles.PathOf("checkpoints/ordered_zip.pt"));
        using var module = new Holder(checkpoint, entry => entry.Type.IsFloating() ? type : null);
        ModuleLoader.Load(module, "test", checkpoint);
        foreach (var (name, parameter) in module.Held)
        {
            var entry = checkpoint.Tensors[name];
            using var found = parameter.to(ScalarType.Float64);
            using var exact = tensor(CheckpointGoldenTests.Numbers(checkpoint, entry), entry.Shape.ToArray());
            using var rounded = exact.to(parameter.dtype);
            using var expected = rounded.to(ScalarType.Float64);
            Assert.Equal(ToArray(expected), ToArray(found));
        }
    }

    // TorchSharp throws for a tensor without elements.
    private static double[] ToArray(Tensor tensor) => tensor.numel() == 0 ? [] : tensor.data<double>().ToArray();

    [Fact]
    public void A_parameter_that_is_not_contiguous_is_filled_too()
    {
        Write("a", [1, 2, 3, 4, 5, 6], [2, 3]);
        using var module = new Module1("w", empty(3, 2).transpose(0, 1));
        using var checkpoint = Checkpoint.Open(Path.Combine(_folder.Path, "a"));
        ModuleLoader.Load(module, "test", checkpoint);
        using var contiguous = module.Tensor.contiguous();
        Assert.Equal([1, 2, 3, 4, 5, 6], contiguous.data<float>().ToArray());
        Assert.False(module.Tensor.is_contiguous());
        Assert.True(module.Tensor.requires_grad);
    }

    [Fact]
    public void Buffers_are_loaded_and_shapes_are_never_broadcast()
    {
        Write("a", [1, 2], [2]);
        using var checkpoint = Checkpoint.Open(Path.Combine(_folder.Path, "a"));
        using (var module = new Module1("w", zeros(2), buffer: true))
        {
            ModuleLoader.Load(module, "test", checkpoint);
            Assert.Equal([1, 2], module.Tensor.data<float>().ToArray());
        }
        using var broad = new Module1("w", zeros(3, 2));
        var error = Assert.Throws<CheckpointException>(() => ModuleLoader.Load(broad, "test", checkpoint));
        Assert.Contains("'w' is [2], needed is [3, 2]", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, broad.Tensor.sum().item<float>());
    }

    [Fact]
    public void A_damaged_storage_is_named_though_threads_read_it()
    {
        var pickle = PickleBuilder.StateDict(("w", "Float", [2], 2));
        var zip = ZipBuilder.Torch(pickle, [1, 2, 3, 4, 5, 6, 7, 8]).ToArray();
        zip[zip.AsSpan().IndexOf<byte>([1, 2, 3, 4, 5, 6, 7, 8])] ^= 1;
        using var checkpoint = Checkpoint.Open(_folder.Write("a.pt", zip));
        using var module = new Module1("w", zeros(2));
        var error = Assert.Throws<CheckpointException>(() => ModuleLoader.Load(module, "test", checkpoint));
        Assert.Contains("'archive/data/0' is damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Loading_can_be_stopped()
    {
        Write("a", [1, 2], [2]);
        using var checkpoint = Checkpoint.Open(Path.Combine(_folder.Path, "a"));
        using var module = new Module1("w", zeros(2));
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() =>
            ModuleLoader.Load(module, "test", checkpoint, cancellation: stop.Token));
    }

    [Fact]
    public void Loading_holds_little_more_than_the_parameters()
    {
        if (!OperatingSystem.IsLinux())
            return;
        // Two tensors of 256 MB in a file without content (a hole), wanted in fp16: a map of the whole file or of whole
        // tensors, or a second copy of the parameters, would be seen.
        const long each = 64L << 20, parameterBytes = 2 * each * 2;
        const long allowed = (long)(1.15 * parameterBytes) + (150L << 20);
        var header = string.Join(',', Enumerable.Range(0, 2).Select(i =>
            $"\"w{i}\":{{\"dtype\":\"F32\",\"shape\":[{each}],"
                + $"\"data_offsets\":[{i * each * 4},{(i + 1) * each * 4}]}}"));
        string path = Path.Combine(_folder.Path, "hole");
        using (var file = File.Create(path))
        {
            byte[] text = System.Text.Encoding.UTF8.GetBytes($"{{{header}}}");
            file.Write(BitConverter.GetBytes((long)text.Length));
            file.Write(text);
            file.SetLength(file.Position + (2 * each * 4));
        }
        using var module = new Holder(2, each);
        long before = Memory("VmRSS");
        File.WriteAllText("/proc/self/clear_refs", "5");        // the peak starts anew
        using (var checkpoint = Checkpoint.Open(path))
            ModuleLoader.Load(module, "test", checkpoint);
        Assert.InRange(Memory("VmHWM") - before, 0, allowed);

        static long Memory(string key) => 1024 * long.Parse(
            File.ReadLines("/proc/self/status").First(l => l.StartsWith(key, StringComparison.Ordinal))[
                (key.Length + 1)..^2].Trim(),
            System.Globalization.CultureInfo.InvariantCulture);
    }

    private void Write(string name, float[] numbers, long[] shape) =>
        SafetensorsWriter.Write(Path.Combine(_folder.Path, name),
            [("w", ElementType.Float32, shape, s => s.Write(MemoryMarshal.AsBytes(numbers.AsSpan())))], null);

    private sealed class Module1 : nn.Module
    {
        public Module1(string name, Tensor tensor, bool buffer = false) : base("test")
        {
            Tensor = buffer ? tensor : new Parameter(tensor);
            if (buffer)
                register_buffer(name, Tensor);
            else
                register_parameter(name, (Parameter)Tensor);
        }

        public Tensor Tensor { get; }
    }

    /// <summary>A module with a parameter or buffer for every tensor of a checkpoint.</summary>
    private sealed class Holder : nn.Module
    {
        public Holder(Checkpoint checkpoint, Func<TensorEntry, ScalarType?> typeOf) : base("holder")
        {
            var parts = new Dictionary<string, Part>();
            foreach (var entry in checkpoint.Tensors.Values)
            {
                // Names with dots need modules between.
                string[] names = entry.Name.Split('.');
                nn.Module owner = this;
                if (names.Length == 2 && !parts.TryGetValue(names[0], out var part))
                {
                    parts.Add(names[0], part = new Part());
                    register_module(names[0], part);
                }
                if (names.Length == 2)
                    owner = parts[names[0]];
                var type = typeOf(entry) ?? Same(entry.Type);
                var tensor = empty(entry.Shape.ToArray(), dtype: type);
                if (entry.Type.IsFloating())
                    owner.register_parameter(names[^1], new Parameter(tensor));
                else
                    owner.register_buffer(names[^1], tensor);
            }
        }

        public Holder(int count, long each) : base("holder")
        {
            for (int i = 0; i < count; i++)
                register_parameter($"w{i}", new Parameter(empty(each, dtype: ScalarType.Float16)));
        }

        public IEnumerable<(string Name, Tensor Tensor)> Held =>
            named_parameters().Select(p => (p.name, (Tensor)p.parameter)).Concat(named_buffers());

        private static ScalarType Same(ElementType type) => type switch
        {
            ElementType.Int64 => ScalarType.Int64,
            ElementType.Int32 => ScalarType.Int32,
            ElementType.UInt8 => ScalarType.Byte,
            ElementType.Bool => ScalarType.Bool,
            _ => throw new NotSupportedException(),
        };

        private sealed class Part() : nn.Module("part");
    }
}
