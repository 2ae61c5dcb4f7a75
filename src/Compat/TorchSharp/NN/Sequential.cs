using System.Globalization;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// Modules run one after another; what passes between two of them is disposed. Like the package's, it takes a module as it
/// is: one that did not register its components has none here.
/// </summary>
public class Sequential : nn.Module<Tensor, Tensor>
{
    private readonly List<nn.Module<Tensor, Tensor>> _steps = [];

    internal Sequential(IEnumerable<(string? Name, nn.Module<Tensor, Tensor> Module)> modules) : base(nameof(Sequential))
    {
        foreach (var (name, module) in modules) Append(name, module);
    }

    public int Count => _steps.Count;

    [System.Runtime.CompilerServices.IndexerName("SequentialItems")]
    public nn.IModule<Tensor, Tensor> this[int index] => _steps[index];

    public Sequential append(string name, nn.IModule<Tensor, Tensor> module) => Append(name, module);

    public Sequential append(nn.IModule<Tensor, Tensor> module) => Append(null, module);

    public override Tensor forward(Tensor tensor)
    {
        if (_steps.Count == 0) return tensor.alias();
        var current = tensor;
        foreach (var step in _steps)
        {
            var next = step.call(current);
            if (!ReferenceEquals(current, tensor)) current.Dispose();
            current = next;
        }
        return current;
    }

    protected internal override nn.Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
    {
        foreach (var step in _steps) step._to(deviceType, deviceIndex, non_blocking);
        return this;
    }

    private Sequential Append(string? name, nn.IModule<Tensor, Tensor> module)
    {
        var step = (nn.Module<Tensor, Tensor>)module;
        Adopt(name ?? _steps.Count.ToString(CultureInfo.InvariantCulture), step);
        _steps.Add(step);
        return this;
    }
}
