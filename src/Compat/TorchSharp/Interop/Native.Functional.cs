using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>Layers without state.</summary>
internal static partial class Native
{
    [LibraryImport(Library, EntryPoint = "glide_conv1d")]
    internal static partial Tensor conv1d(
        Tensor input, Tensor weight, [MarshalUsing(typeof(OptionalTensorMarshaller))] Tensor? bias, long stride,
        long padding, long dilation, long groups);

    [LibraryImport(Library, EntryPoint = "glide_conv2d")]
    internal static partial Tensor conv2d(
        Tensor input, Tensor weight, [MarshalUsing(typeof(OptionalTensorMarshaller))] Tensor? bias, long strideH,
        long strideW, long paddingH, long paddingW, long dilationH, long dilationW, long groups);

    [LibraryImport(Library, EntryPoint = "glide_linear")]
    internal static partial Tensor linear(
        Tensor input, Tensor weight, [MarshalUsing(typeof(OptionalTensorMarshaller))] Tensor? bias);

    [LibraryImport(Library, EntryPoint = "glide_group_norm")]
    internal static partial Tensor group_norm(
        Tensor input, long groups, [MarshalUsing(typeof(OptionalTensorMarshaller))] Tensor? weight,
        [MarshalUsing(typeof(OptionalTensorMarshaller))] Tensor? bias, double eps);

    [LibraryImport(Library, EntryPoint = "glide_layer_norm")]
    internal static partial Tensor layer_norm(
        Tensor input, ReadOnlySpan<long> shape, int count,
        [MarshalUsing(typeof(OptionalTensorMarshaller))] Tensor? weight,
        [MarshalUsing(typeof(OptionalTensorMarshaller))] Tensor? bias, double eps);

    [LibraryImport(Library, EntryPoint = "glide_softmax")]
    internal static partial Tensor softmax(Tensor self, long dim, int dtype);

    [LibraryImport(Library, EntryPoint = "glide_log_softmax")]
    internal static partial Tensor log_softmax(Tensor self, long dim, int dtype);

    [LibraryImport(Library, EntryPoint = "glide_softplus")]
    internal static partial Tensor softplus(Tensor self, double beta, double threshold);

    [LibraryImport(Library, EntryPoint = "glide_leaky_relu")]
    internal static partial Tensor leaky_relu(Tensor self, double slope);

    [LibraryImport(Library, EntryPoint = "glide_dropout")]
    internal static partial Tensor dropout(Tensor input, double p, [MarshalAs(UnmanagedType.U1)] bool training);

    [LibraryImport(Library, EntryPoint = "glide_dropout_")]
    internal static partial int dropout_(Tensor input, double p, [MarshalAs(UnmanagedType.U1)] bool training);

    [LibraryImport(Library, EntryPoint = "glide_avg_pool2d")]
    internal static partial Tensor avg_pool2d(
        Tensor input, long kernelH, long kernelW, long strideH, long strideW, long paddingH, long paddingW,
        [MarshalAs(UnmanagedType.U1)] bool ceilMode, [MarshalAs(UnmanagedType.U1)] bool countIncludePad, long divisor);

    [LibraryImport(Library, EntryPoint = "glide_max_pool2d")]
    internal static partial Tensor max_pool2d(
        Tensor input, long kernelH, long kernelW, long strideH, long strideW, long paddingH, long paddingW,
        long dilationH, long dilationW, [MarshalAs(UnmanagedType.U1)] bool ceilMode);

    [LibraryImport(Library, EntryPoint = "glide_adaptive_avg_pool2d")]
    internal static partial Tensor adaptive_avg_pool2d(Tensor input, long height, long width);

    [LibraryImport(Library, EntryPoint = "glide_pad")]
    internal static partial Tensor pad(Tensor input, ReadOnlySpan<long> padding, int count, int mode, double value);

    [LibraryImport(Library, EntryPoint = "glide_interpolate")]
    internal static partial Tensor interpolate(
        Tensor input, ReadOnlySpan<long> size, int sizeCount, ReadOnlySpan<double> scale, int scaleCount, int mode,
        [MarshalAs(UnmanagedType.U1)] bool alignCorners, [MarshalAs(UnmanagedType.U1)] bool antialias);

    [LibraryImport(Library, EntryPoint = "glide_scaled_dot_product_attention")]
    internal static partial Tensor scaled_dot_product_attention(
        Tensor query, Tensor key, Tensor value, [MarshalUsing(typeof(OptionalTensorMarshaller))] Tensor? mask,
        double dropout, [MarshalAs(UnmanagedType.U1)] bool isCausal);

    [LibraryImport(Library, EntryPoint = "glide_embedding")]
    internal static partial Tensor embedding(
        Tensor weight, Tensor indices, long paddingIndex, [MarshalAs(UnmanagedType.U1)] bool scaleGradByFreq,
        [MarshalAs(UnmanagedType.U1)] bool sparse);

    [LibraryImport(Library, EntryPoint = "glide_one_hot")]
    internal static partial Tensor one_hot(Tensor self, long classes);

    [LibraryImport(Library, EntryPoint = "glide_pixel_shuffle")]
    internal static partial Tensor pixel_shuffle(Tensor self, long factor);

    [LibraryImport(Library, EntryPoint = "glide_pixel_unshuffle")]
    internal static partial Tensor pixel_unshuffle(Tensor self, long factor);

    [LibraryImport(Library, EntryPoint = "glide_mse_loss")]
    internal static partial Tensor mse_loss(Tensor input, Tensor target, long reduction);

    [LibraryImport(Library, EntryPoint = "glide_l1_loss")]
    internal static partial Tensor l1_loss(Tensor input, Tensor target, long reduction);

    [LibraryImport(Library, EntryPoint = "glide_smooth_l1_loss")]
    internal static partial Tensor smooth_l1_loss(Tensor input, Tensor target, long reduction, double beta);

    [LibraryImport(Library, EntryPoint = "glide_cross_entropy")]
    internal static partial Tensor cross_entropy(
        Tensor input, Tensor target, [MarshalUsing(typeof(OptionalTensorMarshaller))] Tensor? weight, long reduction,
        long ignoreIndex, double labelSmoothing);

    [LibraryImport(Library, EntryPoint = "glide_nll_loss")]
    internal static partial Tensor nll_loss(
        Tensor input, Tensor target, [MarshalUsing(typeof(OptionalTensorMarshaller))] Tensor? weight, long reduction);

    [LibraryImport(Library, EntryPoint = "glide_binary_cross_entropy_with_logits")]
    internal static partial Tensor binary_cross_entropy_with_logits(
        Tensor input, Tensor target, [MarshalUsing(typeof(OptionalTensorMarshaller))] Tensor? weight,
        [MarshalUsing(typeof(OptionalTensorMarshaller))] Tensor? positiveWeights, long reduction);

    [LibraryImport(Library, EntryPoint = "glide_cosine_similarity")]
    internal static partial Tensor cosine_similarity(Tensor x1, Tensor x2, long dim, double eps);
}
