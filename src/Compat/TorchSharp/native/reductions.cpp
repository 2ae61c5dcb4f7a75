// Sums, means, extremes, orders.
#include "glide_torch.h"

using glide::list;
using glide::type;

GLIDE_MAKE(sum, (Tensor* self, int dtype), self->sum(type(dtype)))
GLIDE_MAKE(sum_dims, (Tensor* self, const int64_t* dims, int count, bool keepdim, int dtype),
  self->sum(list(dims, count), keepdim, type(dtype)))
GLIDE_MAKE(mean, (Tensor* self), self->mean())
GLIDE_MAKE(mean_dims, (Tensor* self, const int64_t* dims, int count, bool keepdim, int dtype),
  self->mean(list(dims, count), keepdim, type(dtype)))
GLIDE_MAKE(prod, (Tensor* self, int dtype), self->prod(type(dtype)))
GLIDE_MAKE(prod_dim, (Tensor* self, int64_t dim, bool keepdim, int dtype), self->prod(dim, keepdim, type(dtype)))
GLIDE_MAKE(std, (Tensor* self, bool unbiased), self->std(unbiased))
GLIDE_MAKE(std_dims, (Tensor* self, const int64_t* dims, int count, bool unbiased, bool keepdim),
  self->std(at::OptionalIntArrayRef(list(dims, count)), unbiased, keepdim))
GLIDE_MAKE(var, (Tensor* self, bool unbiased), self->var(unbiased))
GLIDE_MAKE(var_dims, (Tensor* self, const int64_t* dims, int count, bool unbiased, bool keepdim),
  self->var(at::OptionalIntArrayRef(list(dims, count)), unbiased, keepdim))

GLIDE_MAKE(max, (Tensor* self), self->max())
GLIDE_MAKE(min, (Tensor* self), self->min())
GLIDE_MAKE(median, (Tensor* self), self->median())
GLIDE_MAKE(amax, (Tensor* self, const int64_t* dims, int count, bool keepdim), self->amax(list(dims, count), keepdim))
GLIDE_MAKE(amin, (Tensor* self, const int64_t* dims, int count, bool keepdim), self->amin(list(dims, count), keepdim))
GLIDE_MAKE(argmax, (Tensor* self), self->argmax())
GLIDE_MAKE(argmax_dim, (Tensor* self, int64_t dim, bool keepdim), self->argmax(dim, keepdim))
GLIDE_MAKE(argmin, (Tensor* self), self->argmin())
GLIDE_MAKE(argmin_dim, (Tensor* self, int64_t dim, bool keepdim), self->argmin(dim, keepdim))
GLIDE_MAKE(argsort, (Tensor* self, int64_t dim, bool descending), self->argsort(dim, descending))
GLIDE_MAKE(all, (Tensor* self), self->all())
GLIDE_MAKE(all_dim, (Tensor* self, int64_t dim, bool keepdim), self->all(dim, keepdim))
GLIDE_MAKE(any, (Tensor* self), self->any())
GLIDE_MAKE(any_dim, (Tensor* self, int64_t dim, bool keepdim), self->any(dim, keepdim))
GLIDE_MAKE(norm, (Tensor* self, double p), self->norm(at::Scalar(p)))
GLIDE_MAKE(norm_dim, (Tensor* self, double p, int64_t dim, bool keepdim),
  self->norm(glide::Optional<at::Scalar>(at::Scalar(p)), at::IntArrayRef(dim), keepdim))
GLIDE_MAKE(logsumexp, (Tensor* self, int64_t dim, bool keepdim), self->logsumexp(at::IntArrayRef(dim), keepdim))
GLIDE_MAKE(cumsum, (Tensor* self, int64_t dim, int dtype), self->cumsum(dim, type(dtype)))
GLIDE_MAKE(cumprod, (Tensor* self, int64_t dim, int dtype), self->cumprod(dim, type(dtype)))

// A dim of -1 flattens, as in TorchSharp.
GLIDE_MAKE(quantile, (Tensor* self, Tensor* q, int64_t dim, bool keepdim),
  self->quantile(*q, dim == -1 ? glide::Optional<int64_t>() : glide::Optional<int64_t>(dim), keepdim))

namespace {
int give(std::pair<Tensor**, Tensor**> targets, std::tuple<Tensor, Tensor> results) {
  *targets.first = glide::handle(std::get<0>(results));
  *targets.second = glide::handle(std::get<1>(results));
  return 0;
}
}  // namespace

GLIDE_RUN(max_dim, (Tensor* self, int64_t dim, bool keepdim, Tensor** values, Tensor** indices),
  give({values, indices}, self->max(dim, keepdim)))
GLIDE_RUN(min_dim, (Tensor* self, int64_t dim, bool keepdim, Tensor** values, Tensor** indices),
  give({values, indices}, self->min(dim, keepdim)))
GLIDE_RUN(sort, (Tensor* self, int64_t dim, bool descending, bool stable, Tensor** values, Tensor** indices),
  give({values, indices}, self->sort(glide::Optional<bool>(stable), dim, descending)))
GLIDE_RUN(topk, (Tensor* self, int k, int dim, bool largest, bool sorted, Tensor** values, Tensor** indices),
  give({values, indices}, self->topk(k, dim, largest, sorted)))
