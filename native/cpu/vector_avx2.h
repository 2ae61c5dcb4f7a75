#pragma once

#include <immintrin.h>

#include <algorithm>
#include <cstdint>

namespace {

// 8 float32 in a register of AVX2 with FMA; see Avx512.
struct Avx2 {
  using Register = __m256;
  using Mask = __m256i;
  static constexpr int kLanes = 8;
  static constexpr int kVectors = 2;    // of a register tile: 6·2 sums, 2 weights and 1 factor fill 15 of 16 registers
  static constexpr bool kByBlock = true;    // pixels go through all panels of weights, there are many, while cached

  static Register zero() { return _mm256_setzero_ps(); }
  static Register all(float x) { return _mm256_set1_ps(x); }
  static Register load(const float* from) { return _mm256_loadu_ps(from); }
  static Register load(const float* from, Mask lanes) { return _mm256_maskload_ps(from, lanes); }
  static void store(float* to, Register x) { _mm256_storeu_ps(to, x); }
  static void store(float* to, Register x, Mask lanes) { _mm256_maskstore_ps(to, lanes, x); }

  static Register add(Register a, Register b) { return _mm256_add_ps(a, b); }
  static Register subtract(Register a, Register b) { return _mm256_sub_ps(a, b); }
  static Register multiply(Register a, Register b) { return _mm256_mul_ps(a, b); }
  static Register divide(Register a, Register b) { return _mm256_div_ps(a, b); }
  static Register multiply_add(Register a, Register b, Register sum) { return _mm256_fmadd_ps(a, b, sum); }
  static Register multiply_subtract(Register a, Register b, Register less) { return _mm256_fmsub_ps(a, b, less); }
  static Register subtract_product(Register from, Register a, Register b) { return _mm256_fnmadd_ps(a, b, from); }
  static Register least(Register a, Register b) { return _mm256_min_ps(a, b); }
  static Register most(Register a, Register b) { return _mm256_max_ps(a, b); }
  static Register round(Register x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

  // In two steps, as float32 has no 2^128; only the second one rounds.
  static Register times_power_of_two(Register x, Register power) {
    __m256i whole = _mm256_cvtps_epi32(power), half = _mm256_srai_epi32(whole, 1);
    return multiply(multiply(x, power_of_two(half)), power_of_two(_mm256_sub_epi32(whole, half)));
  }

  static float sum(Register x) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(two) + _mm_cvtss_f32(_mm_movehdup_ps(two));
  }

  static float largest(Register x) {
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
  }

  static Mask first(int64_t left) {
    __m256i count = _mm256_set1_epi32(static_cast<int>(std::min<int64_t>(left, kLanes)));
    return _mm256_cmpgt_epi32(count, _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static Register only(Register x, Mask lanes) { return _mm256_and_ps(x, _mm256_castsi256_ps(lanes)); }
  static Register most(Register a, Register b, Mask lanes) {
    return _mm256_blendv_ps(a, most(a, b), _mm256_castsi256_ps(lanes));
  }

 private:
  // For exponents from -126 to 127.
  static Register power_of_two(__m256i exponent) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(exponent, _mm256_set1_epi32(127)), 23));
  }
};

}  // namespace
