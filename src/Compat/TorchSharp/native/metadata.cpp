// What a tensor is. Most of these cannot fail and are called without leaving C#'s cooperative mode: nothing slow here.
#include "glide_torch.h"

GLIDE_API int64_t glide_dim(Tensor* self) { return self->dim(); }
GLIDE_API int64_t glide_numel(Tensor* self) { return self->numel(); }
GLIDE_API int64_t glide_size(Tensor* self, int64_t dim) { return self->sizes()[static_cast<size_t>(dim)]; }

GLIDE_API void glide_sizes(Tensor* self, int64_t* destination) {
  for (int64_t size : self->sizes())
    *destination++ = size;
}

GLIDE_API void glide_strides(Tensor* self, int64_t* destination) {
  for (int64_t stride : self->strides())
    *destination++ = stride;
}

GLIDE_API int glide_dtype(Tensor* self) { return static_cast<int>(self->scalar_type()); }
GLIDE_API int glide_device_type(Tensor* self) { return static_cast<int>(self->device().type()); }
GLIDE_API int glide_device_index(Tensor* self) { return self->device().index(); }
GLIDE_API int glide_element_size(Tensor* self) { return static_cast<int>(self->element_size()); }
GLIDE_API int64_t glide_storage_offset(Tensor* self) { return self->storage_offset(); }
GLIDE_API int glide_is_contiguous(Tensor* self) { return self->is_contiguous(); }
GLIDE_API int glide_requires_grad(Tensor* self) { return self->requires_grad(); }
GLIDE_API int glide_is_leaf(Tensor* self) { return self->is_leaf(); }

GLIDE_RUN(set_requires_grad, (Tensor* self, bool value), self->requires_grad_(value))
GLIDE_RUN(retain_grad, (Tensor* self), self->retain_grad())
GLIDE_RUN(data_ptr, (Tensor* self, void** pointer), *pointer = self->data_ptr())

// Another handle for the same tensor.
GLIDE_MAKE(alias, (Tensor* self), *self)
GLIDE_API void glide_release(Tensor* self) { delete self; }

// mutable_grad and not grad, which writes a warning for tensors inside a graph.
GLIDE_RUN(grad, (Tensor* self, Tensor** gradient),
  *gradient = self->mutable_grad().defined() ? glide::handle(self->mutable_grad()) : nullptr)
GLIDE_RUN(set_grad, (Tensor* self, Tensor* gradient), self->mutable_grad() = gradient ? *gradient : Tensor())
