// Tensors from nothing.
#include "glide_torch.h"

#include <ATen/core/Generator.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/empty_strided.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/rand_like.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randn_like.h>
#include <ATen/ops/randperm.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

using glide::list;
using glide::options;

namespace {
// A new tensor is a leaf, so the flag can be set on it.
Tensor leaf(Tensor tensor, bool requires_grad) {
  return requires_grad ? tensor.set_requires_grad(true) : tensor;
}

glide::Optional<at::Generator> from(at::Generator* generator) {
  return generator ? glide::Optional<at::Generator>(*generator) : glide::Optional<at::Generator>();
}
}  // namespace

#define KIND int dtype, int device_type, int device_index, bool requires_grad
#define AS_ASKED options(dtype, device_type, device_index)

GLIDE_MAKE(empty, (const int64_t* sizes, int count, KIND), leaf(at::empty(list(sizes, count), AS_ASKED), requires_grad))
GLIDE_MAKE(empty_strided, (const int64_t* sizes, const int64_t* strides, int count, KIND),
  leaf(at::empty_strided(list(sizes, count), list(strides, count), AS_ASKED), requires_grad))
GLIDE_MAKE(zeros, (const int64_t* sizes, int count, KIND), leaf(at::zeros(list(sizes, count), AS_ASKED), requires_grad))
GLIDE_MAKE(ones, (const int64_t* sizes, int count, KIND), leaf(at::ones(list(sizes, count), AS_ASKED), requires_grad))
GLIDE_MAKE(full, (const int64_t* sizes, int count, Number value, KIND),
  leaf(at::full(list(sizes, count), at::Scalar(value), AS_ASKED), requires_grad))

GLIDE_MAKE(empty_like, (Tensor* self, KIND), leaf(at::empty_like(*self, AS_ASKED), requires_grad))
GLIDE_MAKE(zeros_like, (Tensor* self, KIND), leaf(at::zeros_like(*self, AS_ASKED), requires_grad))
GLIDE_MAKE(ones_like, (Tensor* self, KIND), leaf(at::ones_like(*self, AS_ASKED), requires_grad))
GLIDE_MAKE(full_like, (Tensor* self, Number value, KIND),
  leaf(at::full_like(*self, at::Scalar(value), AS_ASKED), requires_grad))

GLIDE_MAKE(arange, (Number start, Number stop, Number step, KIND),
  leaf(at::arange(at::Scalar(start), at::Scalar(stop), at::Scalar(step), AS_ASKED), requires_grad))
GLIDE_MAKE(linspace, (double start, double end, int64_t steps, KIND),
  leaf(at::linspace(at::Scalar(start), at::Scalar(end), steps, AS_ASKED), requires_grad))
GLIDE_MAKE(eye, (int64_t rows, int64_t columns, KIND), leaf(at::eye(rows, columns, AS_ASKED), requires_grad))

GLIDE_MAKE(rand, (const int64_t* sizes, int count, at::Generator* generator, KIND),
  leaf(at::rand(list(sizes, count), from(generator), AS_ASKED), requires_grad))
GLIDE_MAKE(randn, (const int64_t* sizes, int count, at::Generator* generator, KIND),
  leaf(at::randn(list(sizes, count), from(generator), AS_ASKED), requires_grad))
GLIDE_MAKE(randint, (int64_t low, int64_t high, const int64_t* sizes, int count, at::Generator* generator, KIND),
  leaf(at::randint(low, high, list(sizes, count), from(generator), AS_ASKED), requires_grad))
GLIDE_MAKE(randperm, (int64_t n, at::Generator* generator, KIND),
  leaf(at::randperm(n, from(generator), AS_ASKED), requires_grad))
GLIDE_MAKE(rand_like, (Tensor* self, KIND), leaf(at::rand_like(*self, AS_ASKED), requires_grad))
GLIDE_MAKE(randn_like, (Tensor* self, KIND), leaf(at::randn_like(*self, AS_ASKED), requires_grad))
