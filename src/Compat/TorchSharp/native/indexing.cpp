// Elements by position, mask or table.
#include "glide_torch.h"

#include <ATen/TensorIndexing.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>

using glide::list;

namespace {
// One index of x[a, b, ...] as C# passes it: TensorIndex.Kind, and what that kind needs.
struct Index {
  int64_t kind;
  int64_t start;
  int64_t stop;
  int64_t step;
  Tensor* tensor;
};

glide::Optional<int64_t> given(int64_t value) {
  return value == INT64_MIN ? glide::Optional<int64_t>() : glide::Optional<int64_t>(value);
}

at::indexing::TensorIndex translate(const Index& index) {
  using namespace at::indexing;
  switch (index.kind) {
    case 1: return TensorIndex(index.start);
    case 3: return TensorIndex(Ellipsis);
    case 4: return TensorIndex(index.start != 0);
    case 5: return TensorIndex(*index.tensor);
    case 6: {
      if (index.start == INT64_MIN && index.stop == INT64_MIN && index.step == INT64_MIN)
        return TensorIndex(Slice());
      auto start = given(index.start);
      auto stop = given(index.stop);
      auto step = given(index.step);
      return TensorIndex(Slice(start, stop, step));
    }
    default: return TensorIndex(None);
  }
}

std::vector<at::indexing::TensorIndex> translate(const Index* indices, int count) {
  std::vector<at::indexing::TensorIndex> result;
  for (int i = 0; i < count; i++)
    result.push_back(translate(indices[i]));
  return result;
}

c10::List<glide::Optional<Tensor>> tables(Tensor* const* tensors, int count) {
  c10::List<glide::Optional<Tensor>> result;
  for (int i = 0; i < count; i++)
    result.push_back(glide::optional(tensors[i]));
  return result;
}
}  // namespace

GLIDE_MAKE(index, (Tensor* self, const Index* indices, int count), self->index(translate(indices, count)))
GLIDE_RUN(index_put_, (Tensor* self, const Index* indices, int count, Tensor* value),
  self->index_put_(translate(indices, count), *value))
GLIDE_RUN(index_put_scalar_, (Tensor* self, const Index* indices, int count, Number value),
  self->index_put_(translate(indices, count), at::Scalar(value)))
GLIDE_RUN(index_put_accumulate_, (Tensor* self, Tensor* const* indices, int count, Tensor* value, bool accumulate),
  self->index_put_(tables(indices, count), *value, accumulate))
GLIDE_MAKE(index_select, (Tensor* self, int64_t dim, Tensor* index), self->index_select(dim, *index))
GLIDE_MAKE(index_add, (Tensor* self, int64_t dim, Tensor* index, Tensor* source, Number alpha),
  self->index_add(dim, *index, *source, alpha))
GLIDE_RUN(index_add_, (Tensor* self, int64_t dim, Tensor* index, Tensor* source, Number alpha),
  self->index_add_(dim, *index, *source, alpha))
GLIDE_RUN(index_copy_, (Tensor* self, int64_t dim, Tensor* index, Tensor* source),
  self->index_copy_(dim, *index, *source))
GLIDE_RUN(index_fill_, (Tensor* self, int64_t dim, Tensor* index, Number value),
  self->index_fill_(dim, *index, at::Scalar(value)))
GLIDE_MAKE(gather, (Tensor* self, int64_t dim, Tensor* index), self->gather(dim, *index))
GLIDE_MAKE(scatter, (Tensor* self, int64_t dim, Tensor* index, Tensor* source), self->scatter(dim, *index, *source))
GLIDE_RUN(scatter_, (Tensor* self, int64_t dim, Tensor* index, Tensor* source), self->scatter_(dim, *index, *source))
GLIDE_MAKE(masked_fill, (Tensor* self, Tensor* mask, Number value), self->masked_fill(*mask, at::Scalar(value)))
GLIDE_RUN(masked_fill_, (Tensor* self, Tensor* mask, Number value), self->masked_fill_(*mask, at::Scalar(value)))
GLIDE_MAKE(masked_select, (Tensor* self, Tensor* mask), self->masked_select(*mask))
GLIDE_MAKE(nonzero, (Tensor* self), self->nonzero())
GLIDE_MAKE(where, (Tensor* condition, Tensor* self, Tensor* other), at::where(*condition, *self, *other))
GLIDE_MAKE(cat, (Tensor* const* tensors, int count, int64_t dim), at::cat(list(tensors, count), dim))
GLIDE_MAKE(stack, (Tensor* const* tensors, int count, int64_t dim), at::stack(list(tensors, count), dim))
