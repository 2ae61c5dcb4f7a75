// The same elements in another shape.
#include "glide_torch.h"

using glide::list;

GLIDE_MAKE(reshape, (Tensor* self, const int64_t* shape, int count), self->reshape(list(shape, count)))
GLIDE_MAKE(view, (Tensor* self, const int64_t* shape, int count), self->view(list(shape, count)))
GLIDE_MAKE(expand, (Tensor* self, const int64_t* sizes, int count, bool implicit),
  self->expand(list(sizes, count), implicit))
GLIDE_MAKE(repeat, (Tensor* self, const int64_t* sizes, int count), self->repeat(list(sizes, count)))
GLIDE_MAKE(permute, (Tensor* self, const int64_t* order, int count), self->permute(list(order, count)))
GLIDE_MAKE(flip, (Tensor* self, const int64_t* dims, int count), self->flip(list(dims, count)))
GLIDE_MAKE(roll, (Tensor* self, const int64_t* shifts, int shift_count, const int64_t* dims, int count),
  self->roll(list(shifts, shift_count), list(dims, count)))
GLIDE_MAKE(as_strided, (Tensor* self, const int64_t* sizes, const int64_t* strides, int count, int64_t offset),
  self->as_strided(list(sizes, count), list(strides, count), offset))
GLIDE_MAKE(transpose, (Tensor* self, int64_t dim0, int64_t dim1), self->transpose(dim0, dim1))
GLIDE_MAKE(flatten, (Tensor* self, int64_t start, int64_t end), self->flatten(start, end))
GLIDE_MAKE(unflatten, (Tensor* self, int64_t dim, const int64_t* sizes, int count),
  self->unflatten(dim, list(sizes, count)))
GLIDE_MAKE(unsqueeze, (Tensor* self, int64_t dim), self->unsqueeze(dim))
GLIDE_MAKE(squeeze, (Tensor* self), self->squeeze())
GLIDE_MAKE(squeeze_dim, (Tensor* self, int64_t dim), self->squeeze(dim))
GLIDE_MAKE(select, (Tensor* self, int64_t dim, int64_t index), self->select(dim, index))
GLIDE_MAKE(narrow, (Tensor* self, int64_t dim, int64_t start, int64_t length), self->narrow(dim, start, length))
GLIDE_MAKE(slice, (Tensor* self, int64_t dim, int64_t start, int64_t finish, int64_t step),
  self->slice(dim, start, finish, step))
GLIDE_MAKE(diagonal, (Tensor* self, int64_t offset, int64_t dim1, int64_t dim2), self->diagonal(offset, dim1, dim2))
GLIDE_MAKE(tril, (Tensor* self, int64_t diagonal), self->tril(diagonal))
GLIDE_MAKE(triu, (Tensor* self, int64_t diagonal), self->triu(diagonal))

// Several tensors at once: a list that list_take empties and frees.
using List = std::vector<Tensor>;

GLIDE_RUN(chunk, (Tensor* self, int64_t chunks, int64_t dim, List** result), *result = new List(self->chunk(chunks, dim)))
GLIDE_RUN(split, (Tensor* self, int64_t size, int64_t dim, List** result), *result = new List(self->split(size, dim)))
GLIDE_RUN(split_with_sizes, (Tensor* self, const int64_t* sizes, int count, int64_t dim, List** result),
  *result = new List(self->split_with_sizes(list(sizes, count), dim)))
GLIDE_RUN(unbind, (Tensor* self, int64_t dim, List** result), *result = new List(self->unbind(dim)))

GLIDE_API int glide_list_size(List* tensors) { return static_cast<int>(tensors->size()); }

GLIDE_API void glide_list_take(List* tensors, Tensor** handles) {
  for (Tensor& tensor : *tensors)
    *handles++ = glide::handle(std::move(tensor));
  delete tensors;
}
