// The images of a convolution: where a pixel of the input lies, and how one of the output is written.
#pragma once

#include "glide_fast.h"
#include "kernels.h"

namespace {

struct Pixel {
  int64_t image, y, x;
};

template <class T> class Images {
  using Number = typename T::Number;
  using V = typename T::Vector;
  using Register = typename V::Register;
  static constexpr int kLanes = V::kLanes;

 public:
  explicit Images(const Convolving& c) : c_(c), zeros_(buffer<Number>(c.inputs)) {
    std::fill_n(zeros_.get(), c.inputs, Number(0));
  }

  // The input so many pixels from this one. Beyond the border there are zeros, or what is at the opposite one.
  const Number* source(Pixel p, int64_t down, int64_t right) const {
    p.y += down, p.x += right;
    if (is_outside(p)) {
      if (c_.wraps_y) p.y = (p.y + c_.height) % c_.height;
      if (c_.wraps_x) p.x = (p.x + c_.width) % c_.width;
      if (is_outside(p)) return zeros_.get();
    }
    return static_cast<const Number*>(c_.input) + index(p, c_.input_enlarged) * c_.inputs;
  }

  // Writes one vector of a pixel's outputs: the sums, and what is to be added to them.
  void finish(Pixel p, int64_t output, Register sum) const {
    Number* to = static_cast<Number*>(c_.output) + index(p, 0) * c_.outputs + output;
    const Number* added = static_cast<const Number*>(c_.added);
    if (added) added += index(p, c_.added_enlarged) * c_.outputs + output;
    int64_t left = c_.outputs - output;
    if (left >= kLanes) {
      T::store(to, added ? V::add(sum, T::load(added)) : sum);
      return;
    }
    Number rest[kLanes] = {};
    if (added) std::copy_n(added, left, rest);
    T::store(to, V::add(sum, T::load(rest)), V::first(left));
  }

 private:
  bool is_outside(Pixel p) const { return p.y < 0 || p.y >= c_.height || p.x < 0 || p.x >= c_.width; }

  // An enlarged image is stored at half its size: every pixel stands for four.
  int64_t index(Pixel p, int enlarged) const {
    return (p.image * (c_.height >> enlarged) + (p.y >> enlarged)) * (c_.width >> enlarged) + (p.x >> enlarged);
  }

  const Convolving& c_;
  Buffer<Number> zeros_;
};

}  // namespace
