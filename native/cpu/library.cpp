// What C# calls. Like joining.cpp it is compiled for every x86-64 processor, and it decides what this one runs.
#include "table.h"

namespace {

struct Choice {
  const Table *float32, *bfloat16;
};

Choice choose(int32_t widest) {
  __builtin_cpu_init();
  bool fused = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#ifdef GLIDE_FAST_EMULATE
  bool wide = fused, brain = fused;
#else
  bool wide = fused && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
              __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  bool brain = wide && __builtin_cpu_supports("avx512bf16");
#endif
  if (wide && widest >= 512) return {&kAvx512Float32, brain ? &kAvx512BFloat16 : nullptr};
  return {fused ? &kAvx2Float32 : nullptr, nullptr};
}

Choice chosen;

}  // namespace

GLIDE_API int glide_fast_level(int32_t widest) {
  Choice choice = choose(widest);
  return (choice.float32 ? 1 : 0) + (choice.bfloat16 ? 1 : 0);
}

GLIDE_API void glide_fast_choose(int32_t widest) { chosen = choose(widest); }

#define GLIDE_FAST_ENTRY_POINTS(type) \
  GLIDE_API int glide_fast_pack_##type(const Packing* p) { return chosen.type->pack(*p); } \
  GLIDE_API int glide_fast_convolve_##type(const Convolving* c) { return chosen.type->convolve(*c); } \
  GLIDE_API int glide_fast_normalize_##type(const Normalizing* n) { return chosen.type->normalize(*n); } \
  GLIDE_API int glide_fast_attend_##type(const Attending* a) { return chosen.type->attend(*a); } \
  GLIDE_API int glide_fast_halve_##type(const Halving* h) { return chosen.type->halve(*h); }

GLIDE_FAST_ENTRY_POINTS(float32)
GLIDE_FAST_ENTRY_POINTS(bfloat16)
