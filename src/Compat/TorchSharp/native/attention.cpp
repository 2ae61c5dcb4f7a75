// Scaled dot-product attention.
#include "glide_torch.h"

#include <cmath>
#include <limits>

#if GLIDE_TORCH_AT_LEAST(2, 0)
#include <ATen/ops/scaled_dot_product_attention.h>
#else
#include <ATen/ops/dropout.h>
#include <ATen/ops/ones.h>

// libtorch 1.13 has it only under another name and with another meaning of masks: written out.
namespace {
Tensor attend(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor* mask, double dropout, bool causal) {
  TORCH_CHECK(!(mask && causal), "scaled_dot_product_attention takes a mask or is_causal, not both");
  const double scale = 1.0 / std::sqrt(static_cast<double>(query.size(-1)));
  const double nothing = -std::numeric_limits<double>::infinity();
  Tensor scores = query.mul(scale).matmul(key.transpose(-2, -1));
  if (causal) {
    Tensor seen = at::ones({query.size(-2), key.size(-2)}, query.options().dtype(at::kBool)).tril();
    scores = scores.masked_fill(seen.logical_not(), nothing);
  } else if (mask) {
    scores = mask->scalar_type() == at::kBool ? scores.masked_fill(mask->logical_not(), nothing) : scores.add(*mask);
  }
  Tensor weights = scores.softmax(-1);
  if (dropout > 0)
    weights = at::dropout(weights, dropout, true);
  return weights.matmul(value);
}
}  // namespace
#endif

GLIDE_API Tensor* glide_scaled_dot_product_attention(
    Tensor* query, Tensor* key, Tensor* value, Tensor* mask, double dropout, bool causal) {
  return glide::make([&] {
#if GLIDE_TORCH_AT_LEAST(2, 0)
    return at::scaled_dot_product_attention(*query, *key, *value, glide::optional(mask), dropout, causal);
#else
    return attend(*query, *key, *value, mask, dropout, causal);
#endif
  });
}
