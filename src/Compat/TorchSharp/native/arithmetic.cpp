// Element-wise operations on several tensors, and those that fill one.
#include "glide_torch.h"

#include <ATen/core/Generator.h>
#include <ATen/ops/nan_to_num.h>

#define GLIDE_BINARY(name) \
  GLIDE_MAKE(name, (Tensor* self, Tensor* other), self->name(*other))
#define GLIDE_BINARY_IN_PLACE(name) \
  GLIDE_RUN(name##_, (Tensor* self, Tensor* other), self->name##_(*other))
#define GLIDE_SCALAR(name) \
  GLIDE_MAKE(name##_scalar, (Tensor* self, Number other), self->name(at::Scalar(other)))
#define GLIDE_SCALAR_IN_PLACE(name) \
  GLIDE_RUN(name##_scalar_, (Tensor* self, Number other), self->name##_(at::Scalar(other)))

namespace {
// The number of torch.RoundingMode: 0 keeps the fraction, 1 cuts it off, 2 rounds down.
template <class Other> Tensor divide(const Tensor& self, const Other& other, int rounding) {
  if (rounding == 0)
    return self.div(other);
  return rounding == 1 ? self.div(other, "trunc") : self.div(other, "floor");
}

template <class Other> void divide_in_place(Tensor& self, const Other& other, int rounding) {
  if (rounding == 0)
    self.div_(other);
  else if (rounding == 1)
    self.div_(other, "trunc");
  else
    self.div_(other, "floor");
}

glide::Optional<at::Generator> from(at::Generator* generator) {
  return generator ? glide::Optional<at::Generator>(*generator) : glide::Optional<at::Generator>();
}
}  // namespace

GLIDE_MAKE(add, (Tensor* self, Tensor* other, Number alpha), self->add(*other, alpha))
GLIDE_RUN(add_, (Tensor* self, Tensor* other, Number alpha), self->add_(*other, alpha))
GLIDE_MAKE(add_scalar, (Tensor* self, Number other, Number alpha), self->add(at::Scalar(other), alpha))
GLIDE_RUN(add_scalar_, (Tensor* self, Number other, Number alpha), self->add_(at::Scalar(other), alpha))
GLIDE_MAKE(div, (Tensor* self, Tensor* other, int rounding), divide(*self, *other, rounding))
GLIDE_RUN(div_, (Tensor* self, Tensor* other, int rounding), divide_in_place(*self, *other, rounding))
GLIDE_MAKE(div_scalar, (Tensor* self, Number other, int rounding), divide(*self, at::Scalar(other), rounding))
GLIDE_RUN(div_scalar_, (Tensor* self, Number other, int rounding), divide_in_place(*self, at::Scalar(other), rounding))

GLIDE_BINARY(sub)
GLIDE_BINARY(mul)
GLIDE_BINARY(pow)
GLIDE_BINARY(maximum)
GLIDE_BINARY(minimum)
GLIDE_BINARY(eq)
GLIDE_BINARY(ne)
GLIDE_BINARY(lt)
GLIDE_BINARY(le)
GLIDE_BINARY(gt)
GLIDE_BINARY(ge)
GLIDE_BINARY(logical_and)
GLIDE_BINARY(logical_or)
GLIDE_BINARY(bitwise_and)
GLIDE_BINARY(bitwise_or)
GLIDE_BINARY(bitwise_xor)
GLIDE_BINARY(remainder)
GLIDE_BINARY(fmod)
GLIDE_BINARY(floor_divide)
GLIDE_BINARY(atan2)

GLIDE_BINARY_IN_PLACE(sub)
GLIDE_BINARY_IN_PLACE(mul)
GLIDE_BINARY_IN_PLACE(pow)
GLIDE_BINARY_IN_PLACE(logical_and)
GLIDE_BINARY_IN_PLACE(logical_or)
GLIDE_BINARY_IN_PLACE(bitwise_and)
GLIDE_BINARY_IN_PLACE(bitwise_or)
GLIDE_BINARY_IN_PLACE(bitwise_xor)
GLIDE_BINARY_IN_PLACE(remainder)
GLIDE_BINARY_IN_PLACE(fmod)
GLIDE_BINARY_IN_PLACE(floor_divide)

GLIDE_SCALAR(sub)
GLIDE_SCALAR(mul)
GLIDE_SCALAR(pow)
GLIDE_SCALAR(eq)
GLIDE_SCALAR(ne)
GLIDE_SCALAR(lt)
GLIDE_SCALAR(le)
GLIDE_SCALAR(gt)
GLIDE_SCALAR(ge)
GLIDE_SCALAR(remainder)
GLIDE_SCALAR(fmod)
GLIDE_SCALAR(floor_divide)

GLIDE_SCALAR_IN_PLACE(sub)
GLIDE_SCALAR_IN_PLACE(mul)
GLIDE_SCALAR_IN_PLACE(pow)
GLIDE_SCALAR_IN_PLACE(remainder)
GLIDE_SCALAR_IN_PLACE(fmod)
GLIDE_SCALAR_IN_PLACE(floor_divide)

GLIDE_MAKE(addcmul, (Tensor* self, Tensor* tensor1, Tensor* tensor2, Number value),
  self->addcmul(*tensor1, *tensor2, value))
GLIDE_RUN(addcmul_, (Tensor* self, Tensor* tensor1, Tensor* tensor2, Number value),
  self->addcmul_(*tensor1, *tensor2, value))
GLIDE_MAKE(addcdiv, (Tensor* self, Tensor* tensor1, Tensor* tensor2, Number value),
  self->addcdiv(*tensor1, *tensor2, value))
GLIDE_RUN(addcdiv_, (Tensor* self, Tensor* tensor1, Tensor* tensor2, Number value),
  self->addcdiv_(*tensor1, *tensor2, value))
GLIDE_MAKE(lerp, (Tensor* self, Tensor* end, Tensor* weight), self->lerp(*end, *weight))
GLIDE_RUN(lerp_, (Tensor* self, Tensor* end, Tensor* weight), self->lerp_(*end, *weight))
GLIDE_MAKE(clamp, (Tensor* self, Number min, Number max), self->clamp(min.optional(), max.optional()))
GLIDE_RUN(clamp_, (Tensor* self, Number min, Number max), self->clamp_(min.optional(), max.optional()))
GLIDE_MAKE(clamp_tensor, (Tensor* self, Tensor* min, Tensor* max),
  self->clamp(glide::optional(min), glide::optional(max)))
GLIDE_RUN(clamp_tensor_, (Tensor* self, Tensor* min, Tensor* max),
  self->clamp_(glide::optional(min), glide::optional(max)))
GLIDE_MAKE(nan_to_num, (Tensor* self, double nan, bool has_positive, double positive, bool has_negative, double negative),
  at::nan_to_num(*self, nan, has_positive ? glide::Optional<double>(positive) : glide::Optional<double>(),
    has_negative ? glide::Optional<double>(negative) : glide::Optional<double>()))

GLIDE_RUN(fill_, (Tensor* self, Number value), self->fill_(at::Scalar(value)))
GLIDE_RUN(zero_, (Tensor* self), self->zero_())
GLIDE_RUN(normal_, (Tensor* self, double mean, double std, at::Generator* generator),
  self->normal_(mean, std, from(generator)))
GLIDE_RUN(uniform_, (Tensor* self, double low, double high, at::Generator* generator),
  self->uniform_(low, high, from(generator)))
GLIDE_RUN(bernoulli_, (Tensor* self, double p, at::Generator* generator), self->bernoulli_(p, from(generator)))
GLIDE_RUN(random_, (Tensor* self, int64_t low, int64_t high, at::Generator* generator),
  self->random_(low, high, from(generator)))

GLIDE_MAKE(isclose, (Tensor* self, Tensor* other, double rtol, double atol, bool equal_nan),
  self->isclose(*other, rtol, atol, equal_nan))
GLIDE_RUN(allclose, (Tensor* self, Tensor* other, double rtol, double atol, bool equal_nan, int* result),
  *result = self->allclose(*other, rtol, atol, equal_nan))
GLIDE_RUN(equal, (Tensor* self, Tensor* other, int* result), *result = self->equal(*other))
