namespace TorchSharp;

public static partial class torch
{
    /// <summary>The innermost scope of this thread, null outside all.</summary>
    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.Current.CurrentScope;

    /// <summary>Opens a scope on this thread; what is made until it ends is disposed with it.</summary>
    public static DisposeScope NewDisposeScope() => DisposeScopeManager.NewScope();

    /// <summary>Evaluates an expression and keeps nothing but its result.</summary>
    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        ArgumentNullException.ThrowIfNull(expr);
        using var scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }
}
