#pragma once

#include "glide_fast.h"
#include "kernels.h"

namespace {

template <class T> void halve(const Halving& h) {
  using Number = typename T::Number;
  using V = typename T::Vector;
  const auto quarter = V::all(0.25f);
#pragma omp parallel for schedule(static) num_threads(h.threads)
  for (int64_t row = 0; row < h.images * h.height; row++) {
    const Number* upper = static_cast<const Number*>(h.input) + row * 4 * h.width * h.channels;
    const Number* lower = upper + 2 * h.width * h.channels;
    Number* to = static_cast<Number*>(h.output) + row * h.width * h.channels;
    for (int64_t x = 0; x < h.width; x++) {
      for (int64_t c = 0; c < h.channels; c += V::kLanes) {
        int64_t left = 2 * x * h.channels + c, right = left + h.channels;
        auto sum = V::add(V::add(T::load(upper + left), T::load(upper + right)), V::add(T::load(lower + left), T::load(lower + right)));
        T::store(to + x * h.channels + c, V::multiply(sum, quarter));
      }
    }
  }
}

}  // namespace
