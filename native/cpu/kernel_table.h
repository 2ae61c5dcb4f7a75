// The kernels for one number type and processor, as a table: whatever may run on this processor is reached through it.
#pragma once

#include "attention.h"
#include "convolution.h"
#include "normalization.h"
#include "packing.h"
#include "resampling.h"
#include "table.h"
#include "winograd.h"

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

template <class T> void convolve(const Convolving& c) {
  if (WinogradRun<T>::suits(c))
    WinogradRun<T>(c).run();
  else
    ConvolutionRun<T>(c).run();
}

template <class T> constexpr Table kTableOf = {
    [](const Packing& p) { return run([&] { pack<T>(p); }); },
    [](const Convolving& c) { return run([&] { convolve<T>(c); }); },
    [](const Normalizing& n) { return run([&] { NormalizationRun<T>(n).run(); }); },
    [](const Attending& a) { return run([&] { AttentionRun<T>(a).run(); }); },
    [](const Halving& h) { return run([&] { halve<T>(h); }); },
};

}  // namespace
