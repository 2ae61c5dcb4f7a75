// What the kernels of kernels.cu are told, over raw memory of a device. Images are [N, height, width, channels] in
// 16 bits; channels are a multiple of 32 and at most 2,048.
#pragma once

#include <cstdint>

// Types of numbers.
enum : int32_t { kHalf = 0, kBFloat16 = 1 };

// GroupNorm in 32 groups, then perhaps ·(1 + scale) + shift, then perhaps SiLU.
struct Normalizing {
  void* output;              // like the input; float32 where output_is_float is 1
  const void* input;
  const float* weight;       // [channels]
  const float* bias;         // [channels]
  const float* scale_shift;  // [N, 2·channels] or null
  float* moments;            // [N, (height + 1) / 2, 32, 2], for the kernels' own use
  int64_t images, height, width, channels;
  float epsilon;
  int32_t type, activates, output_is_float;
};

// images += bias + added, in place.
struct Adding {
  void* images;
  const void* bias;    // [channels]
  const void* added;   // like the images; half of height and width where it is to be enlarged
  int64_t count, height, width, channels;
  int32_t type, enlarges;
};
