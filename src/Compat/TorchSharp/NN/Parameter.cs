using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A tensor that a module owns and an optimizer may change.</summary>
public class Parameter : Tensor
{
    /// <summary>
    /// Takes the native tensor over, and the place in a scope: <paramref name="data"/> is empty afterwards. What comes out
    /// of a graph stays in it and is no leaf.
    /// </summary>
    public Parameter(Tensor data, bool requires_grad = true) : base(Take(data, requires_grad, out var scope)) =>
        MoveToOtherDisposeScope(scope);

    /// <summary>A layer's change of a parameter: the old one is disposed, the new one leaves its scope.</summary>
    internal static Parameter? Replace(Parameter? old, Parameter? value)
    {
        if (!ReferenceEquals(old, value)) old?.Dispose();
        value?.DetachFromDisposeScope();
        return value;
    }

    private static IntPtr Take(Tensor data, bool requires_grad, out DisposeScope? scope)
    {
        scope = data.OwningDisposeScope;
        return data.with_requires_grad(requires_grad).DecoupleFromNativeHandle();
    }
}
