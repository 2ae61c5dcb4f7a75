// What every kernel needs: number types, a register tile, vector functions. They are templates over the vector, Avx512 or
// Avx2. Compiled once for each number type and processor, with other flags each time: hence the anonymous namespaces.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

namespace {

constexpr int kRows = 6;    // rows of a register tile

// Columns of a register tile, and of a panel of packed weights.
template <class V> constexpr int kPanel = V::kVectors * V::kLanes;

// Numbers come in units of four bytes, one float32 or two bf16: what one instruction multiplies and adds per lane.
template <class V> struct Single {
  using Vector = V;
  using Register = typename V::Register;
  using Number = float;
  static constexpr int kPerUnit = 1;

  static Register load(const float* from) { return V::load(from); }
  // One number of each unit, by its place in them.
  static Register load_from_units(const float* units, int64_t) { return V::load(units); }
  static void store(float* to, Register x) { V::store(to, x); }
  static void store(float* to, Register x, typename V::Mask lanes) { V::store(to, x, lanes); }
  static Register multiply_add(Register sum, Register a, Register b) { return V::multiply_add(a, b, sum); }
};

// sums[r][v] += Σ rows[r][u]·panel[u][v] over units; the panel holds vectors·kLanes units for each of the rows'.
template <class T, int vectors>
inline __attribute__((always_inline)) void accumulate(
    const typename T::Number* const* rows, int64_t units, const typename T::Number* panel,
    typename T::Register (&sums)[kRows][T::Vector::kVectors]) {
  using V = typename T::Vector;
  const float* r0 = reinterpret_cast<const float*>(rows[0]);
  const float* r1 = reinterpret_cast<const float*>(rows[1]);
  const float* r2 = reinterpret_cast<const float*>(rows[2]);
  const float* r3 = reinterpret_cast<const float*>(rows[3]);
  const float* r4 = reinterpret_cast<const float*>(rows[4]);
  const float* r5 = reinterpret_cast<const float*>(rows[5]);
  const float* weights = reinterpret_cast<const float*>(panel);
  for (int64_t u = 0; u < units; u++, weights += vectors * V::kLanes) {
    typename V::Register w[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) w[v] = V::load(weights + v * V::kLanes);
    const float* factors[kRows] = {r0 + u, r1 + u, r2 + u, r3 + u, r4 + u, r5 + u};
#pragma GCC unroll 6
    for (int r = 0; r < kRows; r++) {
      typename V::Register factor = V::all(*factors[r]);
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) sums[r][v] = T::multiply_add(sums[r][v], factor, w[v]);
    }
  }
}

// eˣ to 2 units in the last place; 0 and infinity where float32 ends. Cephes' polynomial.
template <class V> inline typename V::Register exponential(typename V::Register x) {
  x = V::least(V::most(x, V::all(-104.0f)), V::all(89.0f));
  auto power = V::round(V::multiply(x, V::all(1.44269504f)));
  auto r = V::subtract_product(x, power, V::all(0.693359375f));
  r = V::subtract_product(r, power, V::all(-2.12194440e-4f));
  auto sum = V::all(1.9875691500e-4f);
  for (float c : {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f})
    sum = V::multiply_add(sum, r, V::all(c));
  sum = V::multiply_add(V::multiply(r, r), sum, V::add(r, V::all(1.0f)));
  return V::times_power_of_two(sum, power);
}

template <class V> inline typename V::Register silu(typename V::Register x) {
  return V::divide(x, V::add(V::all(1.0f), exponential<V>(V::subtract(V::zero(), x))));
}

template <int value> struct Constant {
  static constexpr int kValue = value;
};

// Calls with Constant<count>, or with Constant<most> where count is larger.
template <int most, class F> void with_constant(int64_t count, F&& call) {
  if constexpr (most > 1) {
    if (count < most) return with_constant<most - 1>(count, call);
  }
  call(Constant<most>());
}

struct Freeing {
  void operator()(void* memory) const { ::operator delete[](memory, std::align_val_t(64)); }
};

// Memory without values, aligned to a cache line.
template <class N> using Buffer = std::unique_ptr<N[], Freeing>;

template <class N> Buffer<N> buffer(int64_t count) {
  return Buffer<N>(static_cast<N*>(::operator new[](static_cast<size_t>(count) * sizeof(N), std::align_val_t(64))));
}

}  // namespace
