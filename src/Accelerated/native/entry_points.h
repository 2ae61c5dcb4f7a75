// The functions that C# calls, for one number type.
#pragma once

#include "attention.h"
#include "convolution.h"
#include "normalization.h"
#include "packing.h"
#include "resampling.h"

namespace {

// 0, or 1 where memory ran out: no exception may reach C#.
template <class F> int run(F&& kernel) noexcept {
  try {
    kernel();
    return 0;
  } catch (const std::bad_alloc&) {
    return 1;
  }
}

}  // namespace

#define GLIDE_FAST_ENTRY_POINTS(suffix, type) \
  GLIDE_API int glide_fast_pack_##suffix(const Packing* p) { return run([&] { pack<type>(*p); }); } \
  GLIDE_API int glide_fast_convolve_##suffix(const Convolving* c) { return run([&] { ConvolutionRun<type>(*c).run(); }); } \
  GLIDE_API int glide_fast_normalize_##suffix(const Normalizing* n) { return run([&] { NormalizationRun<type>(*n).run(); }); } \
  GLIDE_API int glide_fast_attend_##suffix(const Attending* a) { return run([&] { AttentionRun<type>(*a).run(); }); } \
  GLIDE_API int glide_fast_halve_##suffix(const Halving* h) { return run([&] { halve<type>(*h); }); }
