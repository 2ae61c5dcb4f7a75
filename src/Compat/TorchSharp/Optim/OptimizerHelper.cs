using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp.Modules;

/// <summary>What the optimizers written in C# have in common.</summary>
public abstract class OptimizerHelper : Optimizer
{
    private protected OptimizerHelper() { }

    /// <summary>Runs the closure, then the body for each group, outside the graph and in a scope of its own.</summary>
    protected Tensor _step<T>(Action<T> body, Func<Tensor> loss_closure = null!) where T : ParamGroup
    {
        Tensor loss = null!;
        if (loss_closure is not null)
            using (enable_grad())
                loss = loss_closure();

        using var outside = no_grad();
        using var scope = NewDisposeScope();
        foreach (var group in Groups) body((T)group);
        return loss;
    }
}
