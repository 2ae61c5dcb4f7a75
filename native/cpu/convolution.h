// k×k convolution with stride 1 over images laid out [N, H, W, C], as a matrix product without a copy of the input:
// a row of the product is a pixel, found anew for each tap of the kernel.
#pragma once

#include <omp.h>

#include "glide_fast.h"
#include "images.h"
#include "kernels.h"

namespace {

constexpr int64_t kBlockPixels = 64 * kRows;    // pixels that share a pass over a part of the weights
constexpr int64_t kPartBytes = 256 * 1024;      // of the weights: they stay in the second-level cache meanwhile

template <class T> class ConvolutionRun {
  using Number = typename T::Number;
  using V = typename T::Vector;
  using Register = typename V::Register;
  static constexpr int kLanes = V::kLanes, kVectors = V::kVectors, kPanel = ::kPanel<V>;

 public:
  explicit ConvolutionRun(const Convolving& c)
      : c_(c),
        images_(c),
        units_((c.inputs + T::kPerUnit - 1) / T::kPerUnit),
        taps_(c.kernel * c.kernel),
        pixels_(c.images * c.height * c.width) {
    int64_t tap_bytes = units_ * kPanel * 4;
    part_taps_ = std::clamp<int64_t>(kPartBytes / std::max<int64_t>(tap_bytes, 1), 1, taps_);
  }

  void run() const {
    int64_t panels = (c_.outputs + kPanel - 1) / kPanel, blocks = (pixels_ + kBlockPixels - 1) / kBlockPixels;
    int64_t kept = part_taps_ < taps_ ? kBlockPixels * kPanel : 0;
    auto all_sums = buffer<float>(c_.threads * kept);
#pragma omp parallel for schedule(dynamic) num_threads(c_.threads)
    for (int64_t item = 0; item < panels * blocks; item++) {
      float* sums = all_sums.get() + omp_get_thread_num() * kept;
      int64_t panel = V::kByBlock ? item % panels : item / blocks, block = V::kByBlock ? item / panels : item % blocks;
      with_constant<kVectors>((c_.outputs - panel * kPanel + kLanes - 1) / kLanes, [&](auto vectors) {
        convolve_block<decltype(vectors)::kValue>(panel * kPanel, block * kBlockPixels, sums);
      });
    }
  }

 private:
  Pixel locate(int64_t pixel) const {
    return {pixel / (c_.height * c_.width), pixel / c_.width % c_.height, pixel % c_.width};
  }

  // Without a division, which takes as long as dozens of sums.
  Pixel after(Pixel p) const {
    if (++p.x == c_.width) p.x = 0, p.y++;
    if (p.y == c_.height) p.y = 0, p.image++;
    return p;
  }

  // One panel of outputs for one block of pixels.
  template <int vectors> void convolve_block(int64_t first_output, int64_t first_pixel, float* kept) const {
    int64_t end = std::min(first_pixel + kBlockPixels, pixels_);
    const Number* panel = static_cast<const Number*>(c_.packed) + first_output * taps_ * units_ * T::kPerUnit;
    for (int64_t tap = 0; tap < taps_; tap += part_taps_) {
      int64_t last_tap = std::min(tap + part_taps_, taps_);
      float* sums = kept;
      for (int64_t pixel = first_pixel; pixel < end; pixel += kRows, sums += kRows * kPanel)
        tile<vectors>(first_output, pixel, end, tap, last_tap, panel, sums);
    }
  }

  // Not inlined: beside the loops around it, the innermost one would be short of registers for addresses.
  template <int vectors>
  __attribute__((noinline)) void tile(int64_t first_output, int64_t first_pixel, int64_t end, int64_t tap, int64_t last_tap, const Number* panel, float* kept) const {
    Register sums[kRows][kVectors];
    for (int v = 0; v < vectors; v++) {
      int64_t output = first_output + v * kLanes;
      Register start = tap > 0 ? V::zero() : V::load(c_.bias + output, V::first(c_.outputs - output));
#pragma GCC unroll 6
      for (int r = 0; r < kRows; r++) sums[r][v] = tap > 0 ? V::load(kept + (r * kVectors + v) * kLanes) : start;
    }

    Pixel places[kRows];
    places[0] = locate(first_pixel);
    for (int r = 1; r < kRows; r++) places[r] = first_pixel + r < end ? after(places[r - 1]) : places[r - 1];
    for (int64_t t = tap; t < last_tap; t++) {
      int64_t down = t / c_.kernel - c_.kernel / 2, right = t % c_.kernel - c_.kernel / 2;
      const Number* rows[kRows];
      for (int r = 0; r < kRows; r++) rows[r] = images_.source(places[r], down, right);
      accumulate<T, vectors>(rows, units_, panel + t * units_ * vectors * kLanes * T::kPerUnit, sums);
    }

    if (last_tap < taps_) {
#pragma GCC unroll 6
      for (int r = 0; r < kRows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) V::store(kept + (r * kVectors + v) * kLanes, sums[r][v]);
      return;
    }
#pragma GCC unroll 6
    for (int r = 0; r < kRows; r++) {
      if (first_pixel + r >= end) break;
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) images_.finish(places[r], first_output + v * kLanes, sums[r][v]);
    }
  }

  const Convolving& c_;
  Images<T> images_;
  int64_t units_, taps_, pixels_, part_taps_;
};

}  // namespace
