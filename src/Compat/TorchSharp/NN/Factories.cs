using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Networks: modules, layers and what belongs to them.</summary>
    public static partial class nn
    {
        public static Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);

        public static Conv1d Conv1d(
            long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long dilation = 1,
            PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null,
            ScalarType? dtype = null) =>
            new(in_channels, out_channels, kernel_size, stride, padding, dilation, padding_mode, groups, bias, device, dtype);

        public static Conv2d Conv2d(
            long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long dilation = 1,
            PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null,
            ScalarType? dtype = null) =>
            new(in_channels, out_channels, (kernel_size, kernel_size), (stride, stride), (padding, padding),
                (dilation, dilation), padding_mode, groups, bias, device, dtype);

        public static Conv2d Conv2d(
            long in_channels, long out_channels, (long, long) kernel_size, (long, long)? stride = null,
            (long, long)? padding = null, (long, long)? dilation = null, PaddingModes padding_mode = PaddingModes.Zeros,
            long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
            new(in_channels, out_channels, kernel_size, stride ?? (1, 1), padding ?? (0, 0), dilation ?? (1, 1),
                padding_mode, groups, bias, device, dtype);

        public static Linear Linear(
            long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null)
        {
            var layer = new Linear(
                new Parameter(empty([outputSize, inputSize], dtype, device)),
                hasBias ? new Parameter(empty([outputSize], dtype, device)) : null);
            init.ResetAffine(layer.weight, layer.bias);
            return layer;
        }

        public static Linear Linear(Parameter weight, Parameter? bias = null) => new(weight, bias);

        public static GroupNorm GroupNorm(
            long num_groups, long num_channels, double eps = 1e-05, bool affine = true, Device? device = null,
            ScalarType? dtype = null) => new(num_groups, num_channels, eps, affine, device, dtype);

        public static LayerNorm LayerNorm(
            long[] normalized_shape, double eps = 1e-05, bool elementwise_affine = true, bool bias = true,
            Device? device = null, ScalarType? dtype = null) =>
            new(normalized_shape, eps, elementwise_affine, bias, device, dtype);

        public static LayerNorm LayerNorm(
            long normalized_shape, double eps = 1e-05, bool elementwise_affine = true, bool bias = true,
            Device? device = null, ScalarType? dtype = null) =>
            new([normalized_shape], eps, elementwise_affine, bias, device, dtype);

        /// <exception cref="NotSupportedException">One of the lookup's special rules is asked for.</exception>
        public static Embedding Embedding(
            long num_embeddings, long embedding_dims, long? padding_idx = null, double? max_norm = null,
            double norm_type = 2.0, bool scale_grad_by_freq = false, bool sparse = false, Device? device = null,
            ScalarType? dtype = null) =>
            padding_idx is null && max_norm is null && norm_type == 2.0 && !scale_grad_by_freq && !sparse
                ? new(num_embeddings, embedding_dims, device, dtype)
                : throw new NotSupportedException("The Embedding of this stand-in is a plain table.");

        public static Dropout Dropout(double p = 0.5, bool inplace = false) => new(p, inplace);

        public static SiLU SiLU() => new(inplace: false);

        public static SiLU SiLU(bool inplace) => new(inplace);

        public static GELU GELU() => new();

        public static Identity Identity() => new();

        public static AvgPool2d AvgPool2d(
            long kernel_size, long? stride = null, long? padding = null, bool ceil_mode = false,
            bool count_include_pad = true, long? divisor_override = null) =>
            new(kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override);

        public static ModuleList<T> ModuleList<T>(params T[] modules) where T : Module => new(modules);

        public static Sequential Sequential() => new([]);

        public static Sequential Sequential(params (string name, torch.nn.Module<Tensor, Tensor> submodule)[] modules) =>
            new(modules.Select(module => ((string?)module.name, module.submodule)));

        public static Sequential Sequential(params torch.nn.Module<Tensor, Tensor>[] modules) =>
            new(modules.Select(module => ((string?)null, module)));

        public static Sequential Sequential(IEnumerable<(string name, torch.nn.Module<Tensor, Tensor> submodule)> modules) =>
            new(modules.Select(module => ((string?)module.name, module.submodule)));

        public static Sequential Sequential(IEnumerable<torch.nn.Module<Tensor, Tensor>> modules) =>
            new(modules.Select(module => ((string?)null, module)));
    }
}
