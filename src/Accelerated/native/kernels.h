// What every kernel needs: the two number types, a register tile, vector functions.
// Included once for each number type, with other compiler flags each time: hence the anonymous namespace.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

namespace {

constexpr int kLanes = 16;                  // numbers in a vector register
constexpr int kRows = 6;                    // rows of a register tile: 6·4 sums, 4 weights and 1 factor fill 29 of 32 registers
constexpr int kVectors = 4;                 // vectors of a register tile
constexpr int kPanel = kVectors * kLanes;   // columns of a tile, and of a panel of packed weights

// Numbers come in units of four bytes, one float32 or two bf16: what one instruction multiplies and adds per lane.
struct Single {
  using Number = float;
  static constexpr int kPerUnit = 1;

  static __m512 load(const float* from) { return _mm512_loadu_ps(from); }
  static void store(float* to, __m512 x) { _mm512_storeu_ps(to, x); }
  static void store(float* to, __m512 x, __mmask16 lanes) { _mm512_mask_storeu_ps(to, lanes, x); }
  static __m512 multiply_add(__m512 sum, __m512 a, __m512 b) { return _mm512_fmadd_ps(a, b, sum); }
};

#ifdef __AVX512BF16__
struct Brain {
  using Number = uint16_t;
  static constexpr int kPerUnit = 2;

  static __m512 load(const uint16_t* from) {
    __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
    return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
  }
  static void store(uint16_t* to, __m512 x) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(x)));
  }
  static void store(uint16_t* to, __m512 x, __mmask16 lanes) {
    _mm256_mask_storeu_epi16(to, lanes, reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(x)));
  }
  static __m512 multiply_add(__m512 sum, __m512 a, __m512 b) {
    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
  }
};
#endif

// sums[r][v] += Σ rows[r][u]·panel[u][v] over units; the panel holds vectors·kLanes units for each of the rows'.
template <class T, int vectors>
inline __attribute__((always_inline)) void accumulate(
    const typename T::Number* const* rows, int64_t units, const typename T::Number* panel, __m512 (&sums)[kRows][kVectors]) {
  const float* r0 = reinterpret_cast<const float*>(rows[0]);
  const float* r1 = reinterpret_cast<const float*>(rows[1]);
  const float* r2 = reinterpret_cast<const float*>(rows[2]);
  const float* r3 = reinterpret_cast<const float*>(rows[3]);
  const float* r4 = reinterpret_cast<const float*>(rows[4]);
  const float* r5 = reinterpret_cast<const float*>(rows[5]);
  const float* weights = reinterpret_cast<const float*>(panel);
  for (int64_t u = 0; u < units; u++, weights += vectors * kLanes) {
    __m512 w[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) w[v] = _mm512_loadu_ps(weights + v * kLanes);
    const float* factors[kRows] = {r0 + u, r1 + u, r2 + u, r3 + u, r4 + u, r5 + u};
#pragma GCC unroll 6
    for (int r = 0; r < kRows; r++) {
      __m512 factor = _mm512_set1_ps(*factors[r]);
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) sums[r][v] = T::multiply_add(sums[r][v], factor, w[v]);
    }
  }
}

// eˣ to 2 units in the last place; 0 and infinity where float32 ends. Cephes' polynomial.
inline __m512 exponential(__m512 x) {
  x = _mm512_min_ps(_mm512_max_ps(x, _mm512_set1_ps(-104.0f)), _mm512_set1_ps(89.0f));
  __m512 power = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  __m512 r = _mm512_fnmadd_ps(power, _mm512_set1_ps(0.693359375f), x);
  r = _mm512_fnmadd_ps(power, _mm512_set1_ps(-2.12194440e-4f), r);
  __m512 sum = _mm512_set1_ps(1.9875691500e-4f);
  for (float c : {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f})
    sum = _mm512_fmadd_ps(sum, r, _mm512_set1_ps(c));
  sum = _mm512_fmadd_ps(_mm512_mul_ps(r, r), sum, _mm512_add_ps(r, _mm512_set1_ps(1.0f)));
  return _mm512_scalef_ps(sum, power);
}

inline __m512 silu(__m512 x) {
  return _mm512_div_ps(x, _mm512_add_ps(_mm512_set1_ps(1.0f), exponential(_mm512_sub_ps(_mm512_setzero_ps(), x))));
}

// The first lanes of 16, as many as are left.
inline __mmask16 lanes(int64_t left) { return left >= kLanes ? 0xFFFF : static_cast<__mmask16>((1u << left) - 1); }

struct Freeing {
  void operator()(void* memory) const { ::operator delete[](memory, std::align_val_t(64)); }
};

// Memory without values, aligned to a cache line.
template <class N> using Buffer = std::unique_ptr<N[], Freeing>;

template <class N> Buffer<N> buffer(int64_t count) {
  return Buffer<N>(static_cast<N*>(::operator new[](static_cast<size_t>(count) * sizeof(N), std::align_val_t(64))));
}

}  // namespace
