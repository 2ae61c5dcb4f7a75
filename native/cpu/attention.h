// Attention without a matrix of all weights: some queries at a time, whose products with every key stay in the cache.
#pragma once

#include <cmath>

#include <omp.h>

#include "glide_fast.h"
#include "kernels.h"

namespace {

constexpr int64_t kBlockQueries = 8 * kRows;

template <class T> class AttentionRun {
  using Number = typename T::Number;
  using V = typename T::Vector;
  using Register = typename V::Register;
  static constexpr int kPerUnit = T::kPerUnit, kLanes = V::kLanes, kPanel = ::kPanel<V>;

 public:
  explicit AttentionRun(const Attending& a)
      : a_(a),
        keys_(a.tokens + a.pixels),
        padded_((keys_ + kLanes - 1) / kLanes * kLanes),
        packed_(buffer<Number>(a.images * a.heads * 2 * a.width * padded_)) {}

  void run() const {
    int64_t blocks = (a_.pixels + kBlockQueries - 1) / kBlockQueries;
    auto all_products = buffer<float>(a_.threads * kRows * padded_);
    auto all_weights = buffer<Number>(a_.threads * kRows * padded_);
#pragma omp parallel num_threads(a_.threads)
    {
#pragma omp for schedule(dynamic)
      for (int64_t head = 0; head < a_.images * a_.heads; head++) {
        pack_keys(head);
        pack_values(head);
      }
      float* products = all_products.get() + omp_get_thread_num() * kRows * padded_;
      Number* weights = all_weights.get() + omp_get_thread_num() * kRows * padded_;
#pragma omp for schedule(dynamic)
      for (int64_t item = 0; item < a_.images * a_.heads * blocks; item++) {
        int64_t first = item % blocks * kBlockQueries, end = std::min(first + kBlockQueries, a_.pixels);
        for (int64_t query = first; query < end; query += kRows)
          answer(item / blocks, query, end, products, weights);
      }
    }
  }

 private:
  Number* packed_keys(int64_t head) const { return packed_.get() + head * 2 * a_.width * padded_; }
  Number* packed_values(int64_t head) const { return packed_keys(head) + a_.width * padded_; }

  // Query, key and value of one pixel for one head.
  const Number* pixel(int64_t head, int64_t index) const {
    int64_t image = head / a_.heads, own = head % a_.heads;
    return static_cast<const Number*>(a_.input) + ((image * a_.pixels + index) * a_.heads + own) * 3 * a_.width;
  }

  // Key (0) or value (1) of the text for one head, [width, tokens].
  const Number* text(int64_t head, int64_t part) const {
    return static_cast<const Number*>(a_.text) + (head * 2 + part) * a_.width * a_.tokens;
  }

  // Keys as columns: in each panel of keys a row for every unit of the width.
  void pack_keys(int64_t head) const {
    Number* packed = packed_keys(head);
    const Number* from = text(head, 0);
    for (int64_t first = 0; first < a_.tokens; first += kPanel) {
      int64_t width = std::min<int64_t>(kPanel, padded_ - first), end = std::min(first + kPanel, a_.tokens);
      for (int64_t c = 0; c < a_.width; c++) {
        Number* to = packed + first * a_.width + c / kPerUnit * width * kPerUnit + c % kPerUnit;
        for (int64_t key = first; key < end; key++) to[(key - first) * kPerUnit] = from[c * a_.tokens + key];
      }
    }
    for (int64_t key = a_.tokens; key < padded_; key++) {
      const Number* row = key < keys_ ? pixel(head, key - a_.tokens) + a_.width : nullptr;
      int64_t first = key / kPanel * kPanel, width = std::min<int64_t>(kPanel, padded_ - first);
      Number* to = packed + first * a_.width + (key - first) * kPerUnit;
      for (int64_t c = 0; c < a_.width; c += kPerUnit, to += width * kPerUnit)
        for (int64_t e = 0; e < kPerUnit; e++) to[e] = row ? row[c + e] : Number(0);
    }
  }

  // Values as columns: in each panel of a value's numbers a row for every unit of keys.
  void pack_values(int64_t head) const {
    Number* packed = packed_values(head);
    const Number* from = text(head, 1);
    for (int64_t first = 0; first < a_.width; first += kPanel) {
      int64_t width = std::min<int64_t>(kPanel, a_.width - first);
      for (int64_t c = 0; c < width; c++)
        for (int64_t key = 0; key < a_.tokens; key++)
          packed[(key / kPerUnit * width + c) * kPerUnit + key % kPerUnit] = from[(first + c) * a_.tokens + key];
      for (int64_t key = a_.tokens; key < padded_; key++) {
        const Number* row = key < keys_ ? pixel(head, key - a_.tokens) + 2 * a_.width + first : nullptr;
        Number* to = packed + key / kPerUnit * width * kPerUnit + key % kPerUnit;
        for (int64_t c = 0; c < width; c++) to[c * kPerUnit] = row ? row[c] : Number(0);
      }
      packed += width * padded_;
    }
  }

  void answer(int64_t head, int64_t query, int64_t end, float* products, Number* weights) const {
    const Number* rows[kRows];
    for (int r = 0; r < kRows; r++) rows[r] = pixel(head, std::min(query + r, end - 1));
    for (int64_t first = 0; first < padded_; first += kPanel) {
      const Number* panel = packed_keys(head) + first * a_.width;
      multiply((padded_ - first) / kLanes, rows, a_.width, panel, [&](int r, int v, Register sum) {
        V::store(products + r * padded_ + first + v * kLanes, sum);
      });
    }

    float totals[kRows];
    for (int r = 0; r < kRows; r++) {
      totals[r] = soften(products + r * padded_, weights + r * padded_);
      rows[r] = weights + r * padded_;
    }

    Number* output = static_cast<Number*>(a_.output) + ((head / a_.heads * a_.pixels + query) * a_.heads + head % a_.heads) * a_.width;
    for (int64_t first = 0; first < a_.width; first += kPanel) {
      const Number* panel = packed_values(head) + first * padded_;
      multiply((a_.width - first) / kLanes, rows, padded_, panel, [&](int r, int v, Register sum) {
        if (query + r >= end) return;
        Number* to = output + r * a_.heads * a_.width + first + v * kLanes;
        T::store(to, V::multiply(sum, V::all(1 / totals[r])));
      });
    }
  }

  // e^(product − largest product) as weights; returns their sum.
  float soften(const float* products, Number* weights) const {
    Register largest = V::all(-INFINITY);
    for (int64_t k = 0; k < keys_; k += kLanes) largest = V::most(largest, V::load(products + k), V::first(keys_ - k));
    const Register scale = V::all(1 / std::sqrt(static_cast<float>(a_.width)));
    const Register top = V::multiply(V::all(V::largest(largest)), scale);
    Register total = V::zero();
    for (int64_t k = 0; k < padded_; k += kLanes) {
      Register weight = exponential<V>(V::multiply_subtract(V::load(products + k), scale, top));
      T::store(weights + k, V::only(weight, V::first(std::max<int64_t>(keys_ - k, 0))));
      total = V::add(total, T::load(weights + k));
    }
    return V::sum(total);
  }

  template <class Take>
  static void multiply(int64_t vectors, const Number* const* rows, int64_t numbers, const Number* panel, Take take) {
    with_constant<V::kVectors>(vectors, [&](auto count) { multiply<decltype(count)::kValue>(rows, numbers, panel, take); });
  }

  template <int vectors, class Take>
  static void multiply(const Number* const* rows, int64_t numbers, const Number* panel, Take take) {
    Register sums[kRows][V::kVectors];
#pragma GCC unroll 6
    for (int r = 0; r < kRows; r++)
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) sums[r][v] = V::zero();
    accumulate<T, vectors>(rows, numbers / kPerUnit, panel, sums);
#pragma GCC unroll 6
    for (int r = 0; r < kRows; r++)
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) take(r, v, sums[r][v]);
  }

  const Attending& a_;
  int64_t keys_, padded_;
  Buffer<Number> packed_;
};

}  // namespace
