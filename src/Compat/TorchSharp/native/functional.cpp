// Layers without state, and losses.
#include "convolution.h"

#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/cosine_similarity.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/l1_loss.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/nll_loss_nd.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/pad.h>
#include <ATen/ops/pixel_shuffle.h>
#include <ATen/ops/pixel_unshuffle.h>
#include <ATen/ops/smooth_l1_loss.h>
#include <ATen/ops/softplus.h>

#include <array>

using glide::list;
using glide::optional;
using glide::type;

namespace {
using Pair = std::array<int64_t, 2>;

// The number of PaddingModes.
Tensor pad(const Tensor& input, at::IntArrayRef padding, int mode, double value) {
  switch (mode) {
    case 1: return at::pad(input, padding, "reflect");
    case 2: return at::pad(input, padding, "replicate");
    case 3: return at::pad(input, padding, "circular");
    default: return at::pad(input, padding, "constant", value);
  }
}
}  // namespace

GLIDE_API Tensor* glide_conv1d(
    Tensor* input, Tensor* weight, Tensor* bias, int64_t stride, int64_t padding, int64_t dilation, int64_t groups) {
  return glide::make([&] {
#ifdef GLIDE_ONEDNN
    // As libtorch does it: a picture of one row.
    if (bias && input->dim() == 3 && weight->dim() == 3 && weight->size(2) == 1 && padding == 0 && stride == 1 && dilation == 1 && groups == 1)
      if (auto result = glide::prepared_convolution(input->contiguous().unsqueeze(2), *weight, *bias, 0, 0)) return result->squeeze(2);
#endif
    return at::conv1d(*input, *weight, optional(bias), at::IntArrayRef(stride), at::IntArrayRef(padding),
      at::IntArrayRef(dilation), groups);
  });
}

GLIDE_API Tensor* glide_conv2d(
    Tensor* input, Tensor* weight, Tensor* bias, int64_t stride_h, int64_t stride_w, int64_t padding_h,
    int64_t padding_w, int64_t dilation_h, int64_t dilation_w, int64_t groups) {
  return glide::make([&] {
    const Pair stride{stride_h, stride_w}, padding{padding_h, padding_w}, dilation{dilation_h, dilation_w};
#ifdef GLIDE_ONEDNN
    if (bias && weight->dim() == 4 && stride == Pair{1, 1} && dilation == Pair{1, 1} && groups == 1)
      if (auto result = glide::prepared_convolution(*input, *weight, *bias, padding_h, padding_w)) return *result;
#endif
    return at::conv2d(*input, *weight, optional(bias), at::IntArrayRef(stride), at::IntArrayRef(padding),
      at::IntArrayRef(dilation), groups);
  });
}

GLIDE_MAKE(linear, (Tensor* input, Tensor* weight, Tensor* bias), at::linear(*input, *weight, optional(bias)))
GLIDE_MAKE(group_norm, (Tensor* input, int64_t groups, Tensor* weight, Tensor* bias, double eps),
  at::group_norm(*input, groups, optional(weight), optional(bias), eps))
GLIDE_MAKE(layer_norm, (Tensor* input, const int64_t* shape, int count, Tensor* weight, Tensor* bias, double eps),
  at::layer_norm(*input, list(shape, count), optional(weight), optional(bias), eps))
GLIDE_MAKE(softmax, (Tensor* self, int64_t dim, int dtype), self->softmax(dim, type(dtype)))
GLIDE_MAKE(log_softmax, (Tensor* self, int64_t dim, int dtype), self->log_softmax(dim, type(dtype)))
GLIDE_MAKE(softplus, (Tensor* self, double beta, double threshold), at::softplus(*self, beta, threshold))
GLIDE_MAKE(leaky_relu, (Tensor* self, double slope), at::leaky_relu(*self, slope))
GLIDE_MAKE(dropout, (Tensor* input, double p, bool training), at::dropout(*input, p, training))
GLIDE_RUN(dropout_, (Tensor* input, double p, bool training), at::dropout_(*input, p, training))

// A divisor of 0 is "the size of the window".
GLIDE_API Tensor* glide_avg_pool2d(
    Tensor* input, int64_t kernel_h, int64_t kernel_w, int64_t stride_h, int64_t stride_w, int64_t padding_h,
    int64_t padding_w, bool ceil_mode, bool count_include_pad, int64_t divisor) {
  return glide::make([&] {
    const Pair kernel{kernel_h, kernel_w}, stride{stride_h, stride_w}, padding{padding_h, padding_w};
    return at::avg_pool2d(*input, kernel, stride, padding, ceil_mode, count_include_pad,
      divisor == 0 ? glide::Optional<int64_t>() : glide::Optional<int64_t>(divisor));
  });
}

GLIDE_API Tensor* glide_max_pool2d(
    Tensor* input, int64_t kernel_h, int64_t kernel_w, int64_t stride_h, int64_t stride_w, int64_t padding_h,
    int64_t padding_w, int64_t dilation_h, int64_t dilation_w, bool ceil_mode) {
  return glide::make([&] {
    const Pair kernel{kernel_h, kernel_w}, stride{stride_h, stride_w}, padding{padding_h, padding_w};
    const Pair dilation{dilation_h, dilation_w};
    return at::max_pool2d(*input, kernel, stride, padding, dilation, ceil_mode);
  });
}

GLIDE_MAKE(adaptive_avg_pool2d, (Tensor* input, int64_t height, int64_t width),
  at::adaptive_avg_pool2d(*input, Pair{height, width}))
GLIDE_MAKE(pad, (Tensor* input, const int64_t* padding, int count, int mode, double value),
  pad(*input, list(padding, count), mode, value))
GLIDE_MAKE(embedding, (Tensor* weight, Tensor* indices, int64_t padding_index, bool scale_grad_by_freq, bool sparse),
  at::embedding(*weight, *indices, padding_index, scale_grad_by_freq, sparse))
GLIDE_MAKE(one_hot, (Tensor* self, int64_t classes), at::one_hot(*self, classes))
GLIDE_MAKE(pixel_shuffle, (Tensor* self, int64_t factor), at::pixel_shuffle(*self, factor))
GLIDE_MAKE(pixel_unshuffle, (Tensor* self, int64_t factor), at::pixel_unshuffle(*self, factor))

// libtorch numbers its reductions as torch.nn.Reduction does.
GLIDE_MAKE(mse_loss, (Tensor* input, Tensor* target, int64_t reduction), at::mse_loss(*input, *target, reduction))
GLIDE_MAKE(l1_loss, (Tensor* input, Tensor* target, int64_t reduction), at::l1_loss(*input, *target, reduction))
GLIDE_MAKE(smooth_l1_loss, (Tensor* input, Tensor* target, int64_t reduction, double beta),
  at::smooth_l1_loss(*input, *target, reduction, beta))
GLIDE_MAKE(cross_entropy,
  (Tensor* input, Tensor* target, Tensor* weight, int64_t reduction, int64_t ignore_index, double label_smoothing),
  at::cross_entropy_loss(*input, *target, optional(weight), reduction, ignore_index, label_smoothing))
GLIDE_MAKE(nll_loss, (Tensor* input, Tensor* target, Tensor* weight, int64_t reduction),
  at::nll_loss_nd(*input, *target, optional(weight), reduction))
GLIDE_MAKE(binary_cross_entropy_with_logits,
  (Tensor* input, Tensor* target, Tensor* weight, Tensor* positive_weights, int64_t reduction),
  at::binary_cross_entropy_with_logits(*input, *target, optional(weight), optional(positive_weights), reduction))
GLIDE_MAKE(cosine_similarity, (Tensor* x1, Tensor* x2, int64_t dim, double eps),
  at::cosine_similarity(*x1, *x2, dim, eps))
