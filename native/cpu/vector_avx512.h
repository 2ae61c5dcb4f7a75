#pragma once

#include <immintrin.h>

#include <cstdint>

namespace {

// 16 float32 in a register of AVX-512. Avx2 has the same functions; what the kernels share is written over either.
struct Avx512 {
  using Register = __m512;
  using Mask = __mmask16;
  static constexpr int kLanes = 16;
  static constexpr int kVectors = 4;    // of a register tile: 6·4 sums, 4 weights and 1 factor fill 29 of 32 registers
  static constexpr bool kByBlock = false;   // a panel of weights goes over all pixels while cached

  static Register zero() { return _mm512_setzero_ps(); }
  static Register all(float x) { return _mm512_set1_ps(x); }
  static Register load(const float* from) { return _mm512_loadu_ps(from); }
  static Register load(const float* from, Mask lanes) { return _mm512_maskz_loadu_ps(lanes, from); }
  static void store(float* to, Register x) { _mm512_storeu_ps(to, x); }
  static void store(float* to, Register x, Mask lanes) { _mm512_mask_storeu_ps(to, lanes, x); }

  static Register add(Register a, Register b) { return _mm512_add_ps(a, b); }
  static Register subtract(Register a, Register b) { return _mm512_sub_ps(a, b); }
  static Register multiply(Register a, Register b) { return _mm512_mul_ps(a, b); }
  static Register divide(Register a, Register b) { return _mm512_div_ps(a, b); }
  static Register multiply_add(Register a, Register b, Register sum) { return _mm512_fmadd_ps(a, b, sum); }
  static Register multiply_subtract(Register a, Register b, Register less) { return _mm512_fmsub_ps(a, b, less); }
  static Register subtract_product(Register from, Register a, Register b) { return _mm512_fnmadd_ps(a, b, from); }
  static Register least(Register a, Register b) { return _mm512_min_ps(a, b); }
  static Register most(Register a, Register b) { return _mm512_max_ps(a, b); }
  static Register round(Register x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static Register times_power_of_two(Register x, Register power) { return _mm512_scalef_ps(x, power); }
  static float sum(Register x) { return _mm512_reduce_add_ps(x); }
  static float largest(Register x) { return _mm512_reduce_max_ps(x); }

  // The first lanes, as many as are left.
  static Mask first(int64_t left) { return left >= kLanes ? 0xFFFF : static_cast<Mask>((1u << left) - 1); }
  // These lanes of x, and 0 in the others.
  static Register only(Register x, Mask lanes) { return _mm512_maskz_mov_ps(lanes, x); }
  // The larger of both in these lanes, a in the others.
  static Register most(Register a, Register b, Mask lanes) { return _mm512_mask_max_ps(a, lanes, a, b); }
};

}  // namespace
