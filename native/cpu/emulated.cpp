// What AVX-512 computes, sixteen lanes as two registers of AVX2: for tests, see CMakeLists.txt.
#include "vector_avx2.h"

#include "kernel_table.h"

namespace {

struct Pair {
  struct Register {
    __m256 low, high;
  };
  struct Mask {
    __m256i low, high;
  };
  static constexpr int kLanes = 16;
  static constexpr int kVectors = 4;
  static constexpr bool kByBlock = false;

#define EACH(call, x, y) Register{Avx2::call(x.low, y.low), Avx2::call(x.high, y.high)}
#define EACH3(call, x, y, z) Register{Avx2::call(x.low, y.low, z.low), Avx2::call(x.high, y.high, z.high)}
  static Register all(float x) { return {Avx2::all(x), Avx2::all(x)}; }
  static Register zero() { return all(0); }
  static Register load(const float* from) { return {Avx2::load(from), Avx2::load(from + 8)}; }
  static Register load(const float* from, Mask m) { return {Avx2::load(from, m.low), Avx2::load(from + 8, m.high)}; }
  static void store(float* to, Register x) { Avx2::store(to, x.low), Avx2::store(to + 8, x.high); }
  static void store(float* to, Register x, Mask m) {
    Avx2::store(to, x.low, m.low), Avx2::store(to + 8, x.high, m.high);
  }

  static Register add(Register a, Register b) { return EACH(add, a, b); }
  static Register subtract(Register a, Register b) { return EACH(subtract, a, b); }
  static Register multiply(Register a, Register b) { return EACH(multiply, a, b); }
  static Register divide(Register a, Register b) { return EACH(divide, a, b); }
  static Register multiply_add(Register a, Register b, Register sum) { return EACH3(multiply_add, a, b, sum); }
  static Register multiply_subtract(Register a, Register b, Register less) { return EACH3(multiply_subtract, a, b, less); }
  static Register subtract_product(Register from, Register a, Register b) { return EACH3(subtract_product, from, a, b); }
  static Register least(Register a, Register b) { return EACH(least, a, b); }
  static Register most(Register a, Register b) { return EACH(most, a, b); }
  static Register most(Register a, Register b, Mask m) { return EACH3(most, a, b, m); }
  static Register only(Register x, Mask m) { return EACH(only, x, m); }
  static Register round(Register x) { return {Avx2::round(x.low), Avx2::round(x.high)}; }
  static Register times_power_of_two(Register x, Register power) { return EACH(times_power_of_two, x, power); }
  static float sum(Register x) { return Avx2::sum(Avx2::add(x.low, x.high)); }
  static float largest(Register x) { return Avx2::largest(Avx2::most(x.low, x.high)); }
  static Mask first(int64_t left) { return {Avx2::first(left), Avx2::first(left - 8)}; }
#undef EACH
#undef EACH3
};

struct Brain {
  using Vector = Pair;
  using Register = Pair::Register;
  using Number = uint16_t;
  static constexpr int kPerUnit = 2;

  static Register load(const uint16_t* from) { return {widen(from), widen(from + 8)}; }
  static Register load_from_units(const uint16_t* units, int64_t place) {
    float both[16];
    std::memcpy(both, units, sizeof(both));
    Register x = Pair::load(both);
    return place == 0 ? first(x) : second(x);
  }
  static void store(uint16_t* to, Register x) { store(to, x, Pair::first(16)); }
  static void store(uint16_t* to, Register x, Pair::Mask m) {
    float numbers[16] = {}, kept[16] = {};
    Pair::store(numbers, x), Pair::store(kept, Pair::all(1), m);
    for (int i = 0; i < 16 && kept[i] != 0; i++) {
      uint32_t bits;
      std::memcpy(&bits, numbers + i, 4);
      to[i] = static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }
  }
  static Register multiply_add(Register sum, Register a, Register b) {
    return Pair::multiply_add(first(a), first(b), Pair::multiply_add(second(a), second(b), sum));
  }

 private:
  static __m256 widen(const uint16_t* from) {
    __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
    return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
  }
  static __m256 shifted(__m256 x) { return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(x), 16)); }
  static Register first(Register x) { return {shifted(x.low), shifted(x.high)}; }
  static Register second(Register x) {
    __m256 upper = _mm256_castsi256_ps(_mm256_set1_epi32(static_cast<int>(0xFFFF0000)));
    return {_mm256_and_ps(x.low, upper), _mm256_and_ps(x.high, upper)};
  }
};

}  // namespace

const Table kAvx512Float32 = kTableOf<Single<Pair>>;
const Table kAvx512BFloat16 = kTableOf<Brain>;
