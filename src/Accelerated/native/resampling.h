#pragma once

#include "glide_fast.h"
#include "kernels.h"

namespace {

template <class T> void halve(const Halving& h) {
  using Number = typename T::Number;
  const __m512 quarter = _mm512_set1_ps(0.25f);
#pragma omp parallel for schedule(static) num_threads(h.threads)
  for (int64_t row = 0; row < h.pictures * h.height; row++) {
    const Number* upper = static_cast<const Number*>(h.input) + row * 4 * h.width * h.channels;
    const Number* lower = upper + 2 * h.width * h.channels;
    Number* to = static_cast<Number*>(h.output) + row * h.width * h.channels;
    for (int64_t x = 0; x < h.width; x++) {
      for (int64_t c = 0; c < h.channels; c += kLanes) {
        int64_t left = 2 * x * h.channels + c, right = left + h.channels;
        __m512 sum = _mm512_add_ps(
            _mm512_add_ps(T::load(upper + left), T::load(upper + right)), _mm512_add_ps(T::load(lower + left), T::load(lower + right)));
        T::store(to + x * h.channels + c, _mm512_mul_ps(sum, quarter));
      }
    }
  }
}

inline void join(const Joining& j) {
  int64_t bytes = j.first_bytes + j.second_bytes;
#pragma omp parallel for schedule(static) num_threads(j.threads)
  for (int64_t p = 0; p < j.pixels; p++) {
    char* to = static_cast<char*>(j.output) + p * bytes;
    std::memcpy(to, static_cast<const char*>(j.first) + p * j.first_bytes, static_cast<size_t>(j.first_bytes));
    std::memcpy(to + j.first_bytes, static_cast<const char*>(j.second) + p * j.second_bytes, static_cast<size_t>(j.second_bytes));
  }
}

}  // namespace
