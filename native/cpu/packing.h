#pragma once

#include "glide_fast.h"
#include "kernels.h"

namespace {

// How many numbers a row of packed weights has: outputs up to whole vectors.
template <class V> int64_t panel_width(int64_t outputs, int64_t first) {
  return std::min<int64_t>(kPanel<V>, (outputs - first + V::kLanes - 1) / V::kLanes * V::kLanes);
}

template <class T> void pack(const Packing& p) {
  using Number = typename T::Number;
  using V = typename T::Vector;
  const Number* weights = static_cast<const Number*>(p.weights);
  int64_t units = (p.inputs + T::kPerUnit - 1) / T::kPerUnit, row = units * T::kPerUnit;
#pragma omp parallel for schedule(dynamic) num_threads(p.threads)
  for (int64_t first = 0; first < p.outputs; first += kPanel<V>) {
    int64_t width = panel_width<V>(p.outputs, first), existing = std::min(width, p.outputs - first);
    Number* panel = static_cast<Number*>(p.packed) + first * p.taps * row;
    if (existing < width || row > p.inputs) std::fill_n(panel, width * p.taps * row, Number(0));
    for (int64_t o = 0; o < existing; o++) {
      const Number* from = weights + (first + o) * p.inputs * p.taps;
      for (int64_t i = 0; i < p.inputs; i++)
        for (int64_t tap = 0; tap < p.taps; tap++)
          panel[((tap * units + i / T::kPerUnit) * width + o) * T::kPerUnit + i % T::kPerUnit] = from[i * p.taps + tap];
    }
  }
}

}  // namespace
