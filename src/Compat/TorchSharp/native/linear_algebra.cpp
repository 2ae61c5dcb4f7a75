// Products and norms.
#include "glide_torch.h"

#include <ATen/ops/einsum.h>
#include <ATen/ops/linalg_norm.h>
#include <ATen/ops/linalg_vector_norm.h>

GLIDE_MAKE(matmul, (Tensor* self, Tensor* other), self->matmul(*other))
GLIDE_MAKE(mm, (Tensor* self, Tensor* other), self->mm(*other))
GLIDE_MAKE(bmm, (Tensor* self, Tensor* other), self->bmm(*other))
GLIDE_MAKE(dot, (Tensor* self, Tensor* other), self->dot(*other))
GLIDE_MAKE(outer, (Tensor* self, Tensor* other), self->outer(*other))
GLIDE_MAKE(addmm, (Tensor* self, Tensor* mat1, Tensor* mat2, Number beta, Number alpha),
  self->addmm(*mat1, *mat2, beta, alpha))
GLIDE_MAKE(baddbmm, (Tensor* self, Tensor* batch1, Tensor* batch2, Number beta, Number alpha),
  self->baddbmm(*batch1, *batch2, beta, alpha))
GLIDE_MAKE(einsum, (const char* equation, Tensor* const* tensors, int count),
  at::einsum(std::string(equation), glide::list(tensors, count)))

namespace {
// A count of -1 means all dimensions.
at::OptionalIntArrayRef along(const int64_t* dims, int count) {
  return count < 0 ? at::OptionalIntArrayRef() : at::OptionalIntArrayRef(glide::list(dims, count));
}
}  // namespace

GLIDE_MAKE(linalg_norm, (Tensor* self, const int64_t* dims, int count, bool keepdim),
  at::linalg_norm(*self, glide::Optional<at::Scalar>(), along(dims, count), keepdim))
GLIDE_MAKE(linalg_vector_norm, (Tensor* self, double ord, const int64_t* dims, int count, bool keepdim),
  at::linalg_vector_norm(*self, ord, along(dims, count), keepdim))
