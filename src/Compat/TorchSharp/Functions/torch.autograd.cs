using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Derivatives of what was recorded.</summary>
    public static partial class autograd
    {
        /// <summary>Gradients of the outputs' sum (weighted by grad_outputs) with respect to each input, accumulated nowhere.</summary>
        public static IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor> grad_outputs = null!, bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            var results = new nint[inputs.Count];
            Native.Check(Native.autograd_grad(
                HandleList.Of(outputs), outputs.Count, HandleList.Of(inputs), inputs.Count,
                HandleList.OfOptional(grad_outputs), grad_outputs?.Count ?? 0, retain_graph, create_graph, allow_unused,
                results));
            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            // With allow_unused an input that takes no part has no gradient: null, as a Tensor cannot say it.
            return Array.ConvertAll(results, handle => handle == 0 ? null! : new Tensor(handle));
        }

        /// <summary>Adds gradients to the grad of the leaves, or of the given inputs alone.</summary>
        public static void backward(IList<Tensor> tensors, IList<Tensor> grad_tensors = null!, bool? retain_graph = null, bool create_graph = false, IList<Tensor> inputs = null!)
        {
            Native.Check(Native.backward(
                HandleList.Of(tensors), tensors.Count, HandleList.OfOptional(grad_tensors), grad_tensors?.Count ?? 0,
                retain_graph ?? create_graph, create_graph, HandleList.OfOptional(inputs), inputs?.Count ?? 0));
            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
            GC.KeepAlive(inputs);
        }

        public static void backward(Tensor tensor, IList<Tensor> grad_tensors = null!, bool? retain_graph = null, bool create_graph = false, IList<Tensor> inputs = null!)
            => backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor> inputs = null!)
            => backward([tensor], [grad_tensor], retain_graph, create_graph, inputs);
    }
}
