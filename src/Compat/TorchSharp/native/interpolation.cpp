// Pictures and sequences in another size. The modes are torch.InterpolationMode's numbers.
#include "glide_torch.h"

#include <ATen/ops/_upsample_bicubic2d_aa.h>
#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <ATen/ops/_upsample_nearest_exact1d.h>
#include <ATen/ops/_upsample_nearest_exact2d.h>
#include <ATen/ops/_upsample_nearest_exact3d.h>
#include <ATen/ops/adaptive_avg_pool1d.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/adaptive_avg_pool3d.h>
#include <ATen/ops/upsample_bicubic2d.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_linear1d.h>
#include <ATen/ops/upsample_nearest1d.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <ATen/ops/upsample_nearest3d.h>
#include <ATen/ops/upsample_trilinear3d.h>

namespace {
using Sizes = at::OptionalIntArrayRef;
using Scales = glide::Optional<at::ArrayRef<double>>;

enum Mode { nearest, linear, bilinear, bicubic, trilinear, area, nearest_exact };

Tensor resize_nearest(const Tensor& x, Sizes size, Scales scale) {
  switch (x.dim()) {
    case 3: return at::upsample_nearest1d(x, size, scale);
    case 4: return at::upsample_nearest2d(x, size, scale);
    default: return at::upsample_nearest3d(x, size, scale);
  }
}

Tensor resize_nearest_exact(const Tensor& x, Sizes size, Scales scale) {
  switch (x.dim()) {
    case 3: return at::_upsample_nearest_exact1d(x, size, scale);
    case 4: return at::_upsample_nearest_exact2d(x, size, scale);
    default: return at::_upsample_nearest_exact3d(x, size, scale);
  }
}

Tensor resize_area(const Tensor& x, at::IntArrayRef size) {
  switch (x.dim()) {
    case 3: return at::adaptive_avg_pool1d(x, size);
    case 4: return at::adaptive_avg_pool2d(x, size);
    default: return at::adaptive_avg_pool3d(x, size);
  }
}

Tensor resize(const Tensor& x, Sizes size, Scales scale, int mode, bool align_corners, bool antialias) {
  const int64_t dim = x.dim();
  TORCH_CHECK(dim >= 3 && dim <= 5, "interpolate takes 3 to 5 dimensions, not ", dim);
  TORCH_CHECK(!antialias || ((mode == bilinear || mode == bicubic) && dim == 4),
    "antialias is for bilinear and bicubic interpolation of 4 dimensions");
  switch (mode) {
    case nearest: return resize_nearest(x, size, scale);
    case nearest_exact: return resize_nearest_exact(x, size, scale);
    case area: return resize_area(x, size.value());
    case linear: return at::upsample_linear1d(x, size, align_corners, scale);
    case bilinear:
      return antialias ? at::_upsample_bilinear2d_aa(x, size, align_corners, scale)
                       : at::upsample_bilinear2d(x, size, align_corners, scale);
    case bicubic:
      return antialias ? at::_upsample_bicubic2d_aa(x, size, align_corners, scale)
                       : at::upsample_bicubic2d(x, size, align_corners, scale);
    default: return at::upsample_trilinear3d(x, size, align_corners, scale);
  }
}
}  // namespace

// Either a size or a scale is given, the other one has a count of 0.
GLIDE_MAKE(interpolate,
  (Tensor* input, const int64_t* size, int size_count, const double* scale, int scale_count, int mode,
   bool align_corners, bool antialias),
  resize(*input,
    size_count > 0 ? Sizes(glide::list(size, size_count)) : Sizes(),
    scale_count > 0 ? Scales(at::ArrayRef<double>(scale, static_cast<size_t>(scale_count))) : Scales(),
    mode, align_corners, antialias))
