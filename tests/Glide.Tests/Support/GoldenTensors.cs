using System.Text.Json;
using Glide.Checkpoints;
using static TorchSharp.torch;

namespace Glide.Tests.Support;

/// <summary>The tensors of a golden file.</summary>
internal sealed class GoldenTensors : IDisposable
{
    private readonly Checkpoint _file;

    private GoldenTensors(Checkpoint file) => _file = file;

    /// <summary>Opens a file of the golden folder by name.</summary>
    public static GoldenTensors Open(string name) => new(Checkpoint.OpenAll(GoldenFiles.PathOf(name)));

    /// <summary>A new tensor of the file's shape and element type, in the current scope.</summary>
    public Tensor this[string name]
    {
        get
        {
            var entry = _file.Tensors[name];
            var values = empty([.. entry.Shape], dtype: entry.Type switch
            {
                ElementType.Float32 => ScalarType.Float32,
                ElementType.Int64 => ScalarType.Int64,
                ElementType.Bool => ScalarType.Bool,
                ElementType.UInt8 => ScalarType.Byte,
                _ => throw new NotSupportedException($"no golden file has elements of type {entry.Type.ShortName()}"),
            });
            _file.Read(entry, values.bytes);
            return values;
        }
    }

    /// <summary>The tensor, or <c>null</c> where the file has none of that name.</summary>
    public Tensor? Find(string name) => _file.Tensors.ContainsKey(name) ? this[name] : null;

    /// <summary>Names that begin with a prefix, without it.</summary>
    public IEnumerable<string> Names(string prefix) =>
        _file.Tensors.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(name => name[prefix.Length..]);

    /// <summary>An input of the network, which a full-size file leaves out: it follows from its name.</summary>
    public Tensor Input(string name, params long[] shape) =>
        _file.Tensors.ContainsKey(name) ? this[name] : Derived(name, shape);

    /// <summary>The same input as the file's metadata describes it, whether or not the file holds it.</summary>
    public Tensor Derived(string name, params long[] shape) =>
        GoldenInputRule.Parse(Described<string>("inputs")).Make(name, shape);

    /// <summary>A value of the file's metadata, each of which is JSON.</summary>
    public T Described<T>(string key) => JsonSerializer.Deserialize<T>(_file.Metadata[key])!;

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
