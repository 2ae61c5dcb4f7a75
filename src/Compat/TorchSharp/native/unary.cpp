// Element-wise operations on one tensor.
#include "glide_torch.h"

#include <ATen/ops/gelu.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/isinf.h>
#include <ATen/ops/silu.h>

// Both forms of an operation: a new tensor, and in place.
#define GLIDE_UNARY(name) \
  GLIDE_MAKE(name, (Tensor* self), self->name()) \
  GLIDE_RUN(name##_, (Tensor* self), self->name##_())

GLIDE_UNARY(abs)
GLIDE_UNARY(exp)
GLIDE_UNARY(expm1)
GLIDE_UNARY(log)
GLIDE_UNARY(log1p)
GLIDE_UNARY(log2)
GLIDE_UNARY(log10)
GLIDE_UNARY(sqrt)
GLIDE_UNARY(rsqrt)
GLIDE_UNARY(sin)
GLIDE_UNARY(cos)
GLIDE_UNARY(tan)
GLIDE_UNARY(asin)
GLIDE_UNARY(acos)
GLIDE_UNARY(atan)
GLIDE_UNARY(sinh)
GLIDE_UNARY(cosh)
GLIDE_UNARY(tanh)
GLIDE_UNARY(sigmoid)
GLIDE_UNARY(neg)
GLIDE_UNARY(reciprocal)
GLIDE_UNARY(floor)
GLIDE_UNARY(ceil)
GLIDE_UNARY(trunc)
GLIDE_UNARY(sign)
GLIDE_UNARY(erf)
GLIDE_UNARY(erfinv)
GLIDE_UNARY(relu)
GLIDE_UNARY(logical_not)
GLIDE_UNARY(bitwise_not)

GLIDE_MAKE(silu, (Tensor* self), at::silu(*self))
GLIDE_RUN(silu_, (Tensor* self), at::silu_(*self))
GLIDE_MAKE(gelu, (Tensor* self), at::gelu(*self))
GLIDE_RUN(gelu_, (Tensor* self), at::gelu_(*self))
GLIDE_MAKE(square, (Tensor* self), self->square())
GLIDE_MAKE(isnan, (Tensor* self), self->isnan())
GLIDE_MAKE(isinf, (Tensor* self), at::isinf(*self))
GLIDE_MAKE(isfinite, (Tensor* self), at::isfinite(*self))

// The form with decimals refuses integers, the one without takes them.
GLIDE_MAKE(round, (Tensor* self, int64_t decimals), decimals == 0 ? self->round() : self->round(decimals))
GLIDE_RUN(round_, (Tensor* self, int64_t decimals), decimals == 0 ? self->round_() : self->round_(decimals))
