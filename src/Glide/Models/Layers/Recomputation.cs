using static TorchSharp.torch;

namespace Glide.Models.Layers;

/// <summary>
/// A part of a network whose intermediate results are not kept: the backward pass computes them again from the inputs.
/// Chen et al. 2016 (gradient checkpointing).
/// </summary>
internal sealed class Recomputation : autograd.SingleTensorFunction<Recomputation>
{
    private const string Part = "part";

    public override string Name => nameof(Recomputation);

    /// <summary>Runs a part of a network.</summary>
    /// <param name="part">From inputs of the same shapes to the output; called twice.</param>
    /// <param name="inputs">Every tensor that a gradient goes back to, apart from parameters.</param>
    public static Tensor Run(Func<IReadOnlyList<Tensor>, Tensor> part, params Tensor[] inputs) =>
        apply([part, .. inputs]);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var part = (Func<IReadOnlyList<Tensor>, Tensor>)vars[0];
        List<Tensor> inputs = [.. vars.Skip(1).Cast<Tensor>()];
        ctx.save_data(Part, part);
        ctx.save_for_backward(inputs);
        using var frozen = no_grad();
        return part(inputs);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var part = (Func<IReadOnlyList<Tensor>, Tensor>)ctx.get_data(Part);
        using var recording = enable_grad();
        using var scope = NewDisposeScope();
        List<Tensor> inputs = [.. ctx.get_saved_variables().Select(input => input.detach().requires_grad_())];
        part(inputs).backward([grad_output]);
        return [null!, .. inputs.Select(input => input.grad!.MoveToOuterDisposeScope())];
    }
}
