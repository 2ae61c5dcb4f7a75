#pragma once

#include <cmath>

#include "glide_fast.h"
#include "kernels.h"

namespace {

constexpr int64_t kStripPixels = 128;   // summed in float32; sums of strips are added in float64

template <class T> class NormalizationRun {
  using Number = typename T::Number;
  using V = typename T::Vector;
  using Register = typename V::Register;
  static constexpr int kLanes = V::kLanes;

 public:
  explicit NormalizationRun(const Normalizing& n)
      : n_(n),
        strips_((n.pixels + kStripPixels - 1) / kStripPixels),
        partial_(buffer<float>(n.images * strips_ * 2 * n.channels)),
        factors_(buffer<float>(n.images * 2 * n.channels)) {}

  void run() const {
#pragma omp parallel num_threads(n_.threads)
    {
#pragma omp for schedule(static)
      for (int64_t item = 0; item < n_.images * strips_; item++) sum(item);
#pragma omp for schedule(static)
      for (int64_t item = 0; item < n_.images * n_.groups; item++) combine(item / n_.groups, item % n_.groups);
#pragma omp for schedule(static)
      for (int64_t item = 0; item < n_.images * strips_; item++) {
        if (n_.output_is_float)
          apply<Single<V>>(item);
        else
          apply<T>(item);
      }
    }
  }

 private:
  int64_t first_pixel(int64_t item) const { return item / strips_ * n_.pixels + item % strips_ * kStripPixels; }
  int64_t count(int64_t item) const { return std::min(kStripPixels, n_.pixels - item % strips_ * kStripPixels); }

  // Per channel: the sum and the sum of squares over one strip.
  void sum(int64_t item) const {
    const Number* x = static_cast<const Number*>(n_.input) + first_pixel(item) * n_.channels;
    float* to = partial_.get() + item * 2 * n_.channels;
    int64_t pixels = count(item), c = 0;
    for (; c + 2 * kLanes <= n_.channels; c += 2 * kLanes) {
      Register sum0 = V::zero(), sum1 = sum0, square0 = sum0, square1 = sum0;
      for (int64_t p = 0; p < pixels; p++) {
        Register x0 = T::load(x + p * n_.channels + c), x1 = T::load(x + p * n_.channels + c + kLanes);
        sum0 = V::add(sum0, x0);
        sum1 = V::add(sum1, x1);
        square0 = V::multiply_add(x0, x0, square0);
        square1 = V::multiply_add(x1, x1, square1);
      }
      V::store(to + c, sum0);
      V::store(to + c + kLanes, sum1);
      V::store(to + n_.channels + c, square0);
      V::store(to + n_.channels + c + kLanes, square1);
    }
    for (; c < n_.channels; c += kLanes) {
      Register sum0 = V::zero(), square0 = sum0;
      for (int64_t p = 0; p < pixels; p++) {
        Register x0 = T::load(x + p * n_.channels + c);
        sum0 = V::add(sum0, x0);
        square0 = V::multiply_add(x0, x0, square0);
      }
      V::store(to + c, sum0);
      V::store(to + n_.channels + c, square0);
    }
  }

  // Mean, variance, weight, bias, scale and shift become one factor and one addend a channel.
  void combine(int64_t image, int64_t group) const {
    int64_t width = n_.channels / n_.groups, first = group * width;
    double total = 0, squares = 0;
    for (int64_t strip = 0; strip < strips_; strip++) {
      const float* from = partial_.get() + (image * strips_ + strip) * 2 * n_.channels;
      for (int64_t c = first; c < first + width; c++) {
        total += from[c];
        squares += from[n_.channels + c];
      }
    }
    double numbers = static_cast<double>(width) * static_cast<double>(n_.pixels), mean = total / numbers;
    double deviation = 1 / std::sqrt(std::max(squares / numbers - mean * mean, 0.0) + n_.epsilon);
    float* to = factors_.get() + image * 2 * n_.channels;
    for (int64_t c = first; c < first + width; c++) {
      double factor = deviation * n_.weight[c], addend = n_.bias[c] - mean * factor;
      if (n_.scale_shift) {
        const float* modulation = n_.scale_shift + image * 2 * n_.channels;
        factor *= 1.0 + modulation[c];
        addend = addend * (1.0 + modulation[c]) + modulation[n_.channels + c];
      }
      to[c] = static_cast<float>(factor);
      to[n_.channels + c] = static_cast<float>(addend);
    }
  }

  template <class Out> void apply(int64_t item) const {
    const float* factors = factors_.get() + item / strips_ * 2 * n_.channels;
    const Number* x = static_cast<const Number*>(n_.input) + first_pixel(item) * n_.channels;
    auto* to = static_cast<typename Out::Number*>(n_.output) + first_pixel(item) * n_.channels;
    int64_t pixels = count(item);
    for (int64_t p = 0; p < pixels; p++, x += n_.channels, to += n_.channels) {
      for (int64_t c = 0; c < n_.channels; c += kLanes) {
        Register y = V::multiply_add(T::load(x + c), V::load(factors + c), V::load(factors + n_.channels + c));
        Out::store(to + c, n_.activates ? silu<V>(y) : y);
      }
    }
  }

  const Normalizing& n_;
  int64_t strips_;
  Buffer<float> partial_, factors_;
};

}  // namespace
