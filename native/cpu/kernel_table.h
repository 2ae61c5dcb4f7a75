// The kernels for one number type and processor, as a table: whatever may run on this processor is reached through it.
#pragma once

#include "attention.h"
#include "convolution.h"
#include "normalization.h"
#include "packing.h"
#include "resampling.h"
#include "table.h"

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

template <class T> constexpr Table kTableOf = {
    [](const Packing& p) { return run([&] { pack<T>(p); }); },
    [](const Convolving& c) { return run([&] { ConvolutionRun<T>(c).run(); }); },
    [](const Normalizing& n) { return run([&] { NormalizationRun<T>(n).run(); }); },
    [](const Attending& a) { return run([&] { AttentionRun<T>(a).run(); }); },
    [](const Halving& h) { return run([&] { halve<T>(h); }); },
};

}  // namespace
