// 3×3 convolution with a quarter of the products: F(4×4, 3×3) of Lavin & Gray, "Fast Algorithms for Convolutional
// Neural Networks" (2016). A tile of 4×4 outputs is Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A, with the kernel g and the 6×6 inputs d.
#pragma once

#include <numeric>

#include <omp.h>

#include "glide_fast.h"
#include "images.h"
#include "kernels.h"

namespace {

constexpr int kTile = 6, kStep = 4, kPoints = kTile * kTile;

// The paper's matrices.
constexpr float kInputMatrix[kTile][kTile] = {    // Bᵀ
    {4, 0, -5, 0, 1, 0}, {0, -4, -4, 1, 1, 0}, {0, 4, -4, -1, 1, 0},
    {0, -2, -1, 2, 1, 0}, {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}};
constexpr float kWeightMatrix[kTile][3] = {    // G
    {1 / 4.0f, 0, 0}, {-1 / 6.0f, -1 / 6.0f, -1 / 6.0f}, {-1 / 6.0f, 1 / 6.0f, -1 / 6.0f},
    {1 / 24.0f, 1 / 12.0f, 1 / 6.0f}, {1 / 24.0f, -1 / 12.0f, 1 / 6.0f}, {0, 0, 1}};
constexpr float kOutputMatrix[kStep][kTile] = {    // Aᵀ
    {1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}};

// y = matrix·x; the compiler knows the matrix and leaves out its zeros.
template <class V, int rows, int columns>
inline __attribute__((always_inline)) void transform(
    const float (&matrix)[rows][columns], const typename V::Register (&x)[columns], typename V::Register (&y)[rows]) {
#pragma GCC unroll 6
  for (int r = 0; r < rows; r++) {
    bool first = true;
#pragma GCC unroll 6
    for (int c = columns - 1; c >= 0; c--) {
      float factor = matrix[r][c];
      if (factor == 0) continue;
      if (first)
        y[r] = factor == 1 ? x[c] : V::multiply(x[c], V::all(factor));
      else if (factor == 1)
        y[r] = V::add(y[r], x[c]);
      else if (factor == -1)
        y[r] = V::subtract(y[r], x[c]);
      else
        y[r] = V::multiply_add(x[c], V::all(factor), y[r]);
      first = false;
    }
  }
}

// matrix·x·matrixᵀ: x comes from load(row, column), and each number of the result goes to store(row, column, number).
template <class V, int rows, int columns, class Load, class Store>
inline __attribute__((always_inline)) void transform_square(
    const float (&matrix)[rows][columns], Load load, Store store) {
  using Register = typename V::Register;
  Register half[rows][columns];
#pragma GCC unroll 6
  for (int c = 0; c < columns; c++) {
    Register x[columns], y[rows];
#pragma GCC unroll 6
    for (int r = 0; r < columns; r++) x[r] = load(r, c);
    transform<V>(matrix, x, y);
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++) half[r][c] = y[r];
  }
#pragma GCC unroll 6
  for (int r = 0; r < rows; r++) {
    Register y[rows];
    transform<V>(matrix, half[r], y);
#pragma GCC unroll 6
    for (int c = 0; c < rows; c++) store(r, c, y[c]);
  }
}

// Tiles that share transformed weights, and channels that are transformed at a time: with AVX-512 those weights take
// 0.3 MB and the sums 0.6 MB of the second-level cache, with AVX2 a quarter of it. The inputs pass through.
constexpr int64_t kBlockTiles = 11 * kRows, kChunk = 32;

template <class T> class WinogradRun {
  using Number = typename T::Number;
  using V = typename T::Vector;
  using Register = typename V::Register;
  static constexpr int kLanes = V::kLanes, kVectors = V::kVectors, kPanel = ::kPanel<V>;

 public:
  // Where it is faster than the direct way by a fifth or more; docs/studies/cpu-speed.md has the table, measured with
  // AVX2. There are a quarter of the products, but transforming weights takes long for few tiles, and bf16 is
  // multiplied twice as fast as the float32 used here. Neither the number of images nor the processor has a say: an
  // image is the same.
  static bool suits(const Convolving& c) {
    constexpr int64_t side = 8 * T::kPerUnit, channels = 16 * T::kPerUnit;
    return c.kernel == 3 && std::min(c.height, c.width) >= side && c.inputs % 16 == 0 &&
           std::min(c.inputs, c.outputs) >= channels;
  }

  explicit WinogradRun(const Convolving& c)
      : c_(c),
        images_(c),
        across_((c.width + kStep - 1) / kStep),
        down_((c.height + kStep - 1) / kStep),
        tiles_(c.images * across_ * down_),
        panels_((c.outputs + kPanel - 1) / kPanel),
        chunks_((c.inputs + kChunk - 1) / kChunk) {
    int64_t count = (tiles_ + kBlockTiles - 1) / kBlockTiles, even = (tiles_ + count - 1) / count;
    block_ = (even + kRows - 1) / kRows * kRows;
    blocks_ = (tiles_ + block_ - 1) / block_;
    // As few as give each thread as many panels as the others: the transformed inputs stay in the cache.
    together_ = std::min<int64_t>(c.threads / std::gcd(panels_, c.threads), blocks_);
    inputs_ = buffer<float>(together_ * chunks_ * kPoints * input_point());
  }

  void run() const {
    auto all_weights = buffer<float>(c_.threads * kPoints * kWeightPoint);
    auto all_sums = buffer<float>(c_.threads * kPoints * sum_point());
#pragma omp parallel num_threads(c_.threads)
    {
      float* weights = all_weights.get() + omp_get_thread_num() * kPoints * kWeightPoint;
      float* sums = all_sums.get() + omp_get_thread_num() * kPoints * sum_point();
      for (int64_t block = 0; block < blocks_; block += together_) {
        int64_t end = std::min(block + together_, blocks_);
#pragma omp for schedule(dynamic, kRows)
        for (int64_t tile = block * block_; tile < std::min(end * block_, tiles_); tile++)
          transform_input(tile, block_inputs(tile / block_ - block));
#pragma omp for schedule(dynamic)
        for (int64_t item = 0; item < (end - block) * panels_; item++) {
          int64_t panel = item / (end - block), own = item % (end - block);
          with_constant<kVectors>((c_.outputs - panel * kPanel + kLanes - 1) / kLanes, [&](auto vectors) {
            convolve<decltype(vectors)::kValue>(panel * kPanel, block + own, block_inputs(own), weights, sums);
          });
        }
      }
    }
  }

 private:
  static constexpr int64_t kLine = 16;    // floats between points, so that the points do not meet in one set of a cache
  static constexpr int64_t kWeightPoint = kChunk * kPanel + kLine;

  int64_t input_point() const { return block_ * kChunk + kLine; }
  int64_t sum_point() const { return block_ * kPanel + kLine; }
  float* block_inputs(int64_t own) const { return inputs_.get() + own * chunks_ * kPoints * input_point(); }

  // The first output of a tile.
  Pixel corner(int64_t tile) const {
    return {tile / (across_ * down_), tile / across_ % down_ * kStep, tile % across_ * kStep};
  }

  // 36 points of all channels: by parts of the channels, in these by points, in these by tiles.
  void transform_input(int64_t tile, float* to) const {
    const Number* pixels[kPoints];
    for (int i = 0; i < kPoints; i++) pixels[i] = images_.source(corner(tile), i / kTile - 1, i % kTile - 1);
    to += tile % block_ * kChunk;
    for (int64_t channel = 0; channel < c_.inputs; channel += kLanes) {
      float* own = to + channel / kChunk * kPoints * input_point() + channel % kChunk;
      transform_square<V>(
          kInputMatrix, [&](int r, int c) { return T::load(pixels[r * kTile + c] + channel); },
          [&](int r, int c, Register x) { V::store(own + (r * kTile + c) * input_point(), x); });
    }
  }

  // One panel of outputs for one block of tiles.
  template <int vectors>
  void convolve(int64_t output, int64_t block, const float* inputs, float* weights, float* sums) const {
    int64_t first = block * block_, end = std::min(first + block_, tiles_);
    for (int64_t chunk = 0; chunk < chunks_; chunk++) {
      int64_t channels = std::min(kChunk, c_.inputs - chunk * kChunk);
      transform_weights<vectors>(output, chunk * kChunk, channels, weights);
      for (int point = 0; point < kPoints; point++) {
        const float* rows = inputs + (chunk * kPoints + point) * input_point();
        const float* columns = weights + point * kWeightPoint;
        float* to = sums + point * sum_point();
        for (int64_t tile = first; tile < end; tile += kRows, rows += kRows * kChunk, to += kRows * kPanel)
          with_constant<kRows>(end - tile, [&](auto count) {
            multiply<decltype(count)::kValue, vectors>(rows, columns, channels, chunk == 0, to);
          });
      }
    }
    for (int64_t tile = first; tile < end; tile++)
      transform_output<vectors>(tile, output, sums + (tile - first) * kPanel);
  }

  template <int vectors>
  void transform_weights(int64_t output, int64_t channel, int64_t channels, float* to) const {
    constexpr int width = vectors * kLanes * T::kPerUnit;
    int64_t units = (c_.inputs + T::kPerUnit - 1) / T::kPerUnit;
    const Number* panel = static_cast<const Number*>(c_.packed) + output * 9 * units * T::kPerUnit;
    for (int64_t c = 0; c < channels; c++, to += vectors * kLanes) {
      const Number* from = panel + (channel + c) / T::kPerUnit * width;
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) {
        transform_square<V>(
            kWeightMatrix,
            [&](int row, int column) {
              const Number* tap = from + (row * 3 + column) * units * width;
              return T::load_from_units(tap + v * kLanes * T::kPerUnit, c % T::kPerUnit);
            },
            [&](int row, int column, Register x) {
              V::store(to + (row * kTile + column) * kWeightPoint + v * kLanes, x);
            });
      }
    }
  }

  // The sums of some tiles at one point, for the channels of one part.
  template <int rows, int vectors>
  static __attribute__((noinline)) void multiply(
      const float* from, const float* weights, int64_t channels, bool starts, float* to) {
    Register sums[rows][vectors];
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) sums[r][v] = starts ? V::zero() : V::load(to + (r * kVectors + v) * kLanes);
    for (int64_t c = 0; c < channels; c++, from++, weights += vectors * kLanes) {
      Register w[vectors];
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) w[v] = V::load(weights + v * kLanes);
#pragma GCC unroll 6
      for (int r = 0; r < rows; r++) {
        Register x = V::all(from[r * kChunk]);
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) sums[r][v] = V::multiply_add(x, w[v], sums[r][v]);
      }
    }
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) V::store(to + (r * kVectors + v) * kLanes, sums[r][v]);
  }

  template <int vectors> void transform_output(int64_t tile, int64_t output, const float* sums) const {
    Pixel p = corner(tile);
    int64_t rows = std::min<int64_t>(kStep, c_.height - p.y), columns = std::min<int64_t>(kStep, c_.width - p.x);
    for (int v = 0; v < vectors; v++) {
      int64_t first = output + v * kLanes;
      Register bias = V::load(c_.bias + first, V::first(c_.outputs - first));
      transform_square<V>(
          kOutputMatrix, [&](int r, int c) { return V::load(sums + (r * kTile + c) * sum_point() + v * kLanes); },
          [&](int r, int c, Register x) {
            if (r < rows && c < columns) images_.finish({p.image, p.y + r, p.x + c}, first, V::add(x, bias));
          });
    }
  }

  const Convolving& c_;
  Images<T> images_;
  int64_t across_, down_, tiles_, panels_, chunks_, block_, blocks_, together_;
  Buffer<float> inputs_;
};

}  // namespace
