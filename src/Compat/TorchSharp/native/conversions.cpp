// Copies between types, devices and memory.
#include "glide_torch.h"

GLIDE_MAKE(to, (Tensor* self, int dtype, int device_type, int device_index, bool copy, bool non_blocking),
  self->to(glide::options(dtype, device_type, device_index), non_blocking, copy))
GLIDE_MAKE(contiguous, (Tensor* self), self->contiguous())
GLIDE_MAKE(clone, (Tensor* self), self->clone())
GLIDE_MAKE(detach, (Tensor* self), self->detach())
GLIDE_MAKE(pin_memory, (Tensor* self), self->pin_memory())
GLIDE_RUN(detach_, (Tensor* self), self->detach_())
GLIDE_RUN(copy_, (Tensor* self, Tensor* source, bool non_blocking), self->copy_(*source, non_blocking))
GLIDE_RUN(set_, (Tensor* self, Tensor* source), self->set_(*source))
