// Gradients.
#include "glide_torch.h"

#include <torch/csrc/autograd/autograd.h>

using glide::list;

GLIDE_RUN(backward,
  (Tensor* const* tensors, int count, Tensor* const* gradients, int gradient_count, bool retain_graph, bool create_graph,
   Tensor* const* inputs, int input_count),
  torch::autograd::backward(list(tensors, count), list(gradients, gradient_count), retain_graph, create_graph,
    list(inputs, input_count)))

// A gradient that is not defined (allow_unused) is given back as null.
GLIDE_API int glide_autograd_grad(
    Tensor* const* outputs, int output_count, Tensor* const* inputs, int input_count, Tensor* const* gradients,
    int gradient_count, bool retain_graph, bool create_graph, bool allow_unused, Tensor** results) {
  return glide::run([&] {
    auto found = torch::autograd::grad(list(outputs, output_count), list(inputs, input_count),
      list(gradients, gradient_count), retain_graph, create_graph, allow_unused);
    for (Tensor& gradient : found)
      *results++ = gradient.defined() ? glide::handle(std::move(gradient)) : nullptr;
  });
}
