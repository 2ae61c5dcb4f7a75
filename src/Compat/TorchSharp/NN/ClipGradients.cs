using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class utils
        {
            /// <summary>Scales all gradients down together if their common norm exceeds a limit.</summary>
            /// <returns>The norm before scaling.</returns>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2.0)
            {
                using var scope = NewDisposeScope();
                using var outside = no_grad();
                var gradients = tensors.Select(parameter => parameter.grad).OfType<Tensor>().ToArray();
                if (gradients.Length == 0) return 0;

                using var norms = stack(gradients.Select(gradient =>
                    gradient.to(ScalarType.Float32).norm((float)norm_type).to(CPU)));
                double total = norms.norm((float)norm_type).item<float>();
                // PyTorch's own guard against a norm of zero.
                double factor = max_norm / (total + 1e-6);
                if (!(factor >= 1))
                    foreach (var gradient in gradients) gradient.mul_(factor);
                return total;
            }
        }
    }
}
