namespace TorchSharp;

/// <summary>The dispose scopes of one thread: a scope never sees the tensors of another thread.</summary>
public class DisposeScopeManager
{
    [ThreadStatic] private static DisposeScopeManager? t_current;

    private readonly List<DisposeScope> _scopes = [];

    private DisposeScopeManager()
    {
    }

    /// <summary>What this thread made and disposed so far.</summary>
    public static ThreadDisposeScopeStatistics Statistics => Current.ThreadStatistics;

    internal static DisposeScopeManager Current => t_current ??= new();

    internal ThreadDisposeScopeStatistics ThreadStatistics { get; } = new();

    internal DisposeScope? CurrentScope => _scopes.Count == 0 ? null : _scopes[^1];

    /// <summary>Counts a new tensor and hands it to the innermost scope, if there is one.</summary>
    internal static DisposeScope? Register(torch.Tensor tensor)
    {
        var manager = Current;
        var scope = manager.CurrentScope;
        var statistics = manager.ThreadStatistics.TensorStatistics;
        if (scope is null)
        {
            statistics.CreatedOutsideScopeCount++;
            return null;
        }
        statistics.CreatedInScopeCount++;
        scope.Add(tensor);
        return scope;
    }

    internal static DisposeScope NewScope()
    {
        var manager = Current;
        var scope = new DisposeScope(manager);
        manager._scopes.Add(scope);
        return scope;
    }

    internal void Remove(DisposeScope scope)
    {
        if (CurrentScope == scope)
            _scopes.RemoveAt(_scopes.Count - 1);
        else
            _scopes.Remove(scope);
    }
}
