#include "vector_avx512.h"

#include "kernel_table.h"

namespace {

struct Brain {
  using Vector = Avx512;
  using Register = Avx512::Register;
  using Number = uint16_t;
  static constexpr int kPerUnit = 2;

  static Register load(const uint16_t* from) {
    __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
    return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
  }
  static Register load_from_units(const uint16_t* units, int64_t place) {
    __m512i both = _mm512_loadu_si512(units);
    return _mm512_castsi512_ps(place == 0 ? _mm512_slli_epi32(both, 16) : _mm512_and_si512(both, _mm512_set1_epi32(static_cast<int>(0xFFFF0000))));
  }
  static void store(uint16_t* to, Register x) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(x)));
  }
  static void store(uint16_t* to, Register x, Avx512::Mask lanes) {
    _mm256_mask_storeu_epi16(to, lanes, reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(x)));
  }
  static Register multiply_add(Register sum, Register a, Register b) {
    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
  }
};

}  // namespace

const Table kAvx512BFloat16 = kTableOf<Brain>;
