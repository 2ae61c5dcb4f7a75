#pragma once

#include "glide_fast.h"

// The kernels for one number type and processor.
struct Table {
  int (*pack)(const Packing&);
  int (*convolve)(const Convolving&);
  int (*normalize)(const Normalizing&);
  int (*attend)(const Attending&);
  int (*halve)(const Halving&);
};

extern const Table kAvx2Float32, kAvx512Float32, kAvx512BFloat16;
