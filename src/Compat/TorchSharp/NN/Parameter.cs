using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A tensor that a module owns and an optimizer may change.</summary>
public class Parameter : Tensor
{
    /// <summary>
    /// Takes the values over without a copy, and the place in a scope: <paramref name="data"/> is empty afterwards.
    /// </summary>
    public Parameter(Tensor data, bool requires_grad = true)
        : base(data.with_requires_grad(requires_grad).DecoupleFromNativeHandle())
    {
        MoveToOtherDisposeScope(data);
        data.Dispose();
    }

    /// <summary>Takes the parameter out of the scope in which it was made, as the layers do with theirs.</summary>
    internal Parameter Outlive()
    {
        DetachFromDisposeScope();
        return this;
    }
}
