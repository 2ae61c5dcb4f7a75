// libglide_fast: kernels for the U-Nets on a CPU, over raw memory. Images are laid out [N, H, W, C]; what is called a
// number is float32 or bf16, as the function's name says. Results do not depend on the number of threads.
//
// What runs here is written once over vectors of 8 lanes (AVX2 with FMA, float32) and 16 lanes (AVX-512).
#pragma once

#include <cstdint>

#define GLIDE_API extern "C" __attribute__((visibility("default")))

// Weights [outputs, inputs, taps] in the order in which convolutions read them.
struct Packing {
  void* packed;           // panels of 64 outputs, or 16 with AVX2; in each: taps, then units of inputs, then outputs. Missing ones are 0
  const void* weights;
  int64_t outputs, inputs, taps;
  int32_t threads;
};

// Output [N, height, width, outputs] = bias + kernel∗input + added.
struct Convolving {
  void* output;
  const void* input;      // [N, height, width, inputs], or half of height and width where input_enlarged is 1
  const void* packed;     // an even number of inputs in bf16
  const float* bias;      // [outputs]
  const void* added;      // like the output, or null; half of height and width where added_enlarged is 1
  int64_t images, height, width, inputs, outputs, kernel;
  int32_t input_enlarged, added_enlarged;
  int32_t wraps_x, wraps_y;   // 1 where the input repeats in that direction; else there are zeros beyond it
  int32_t threads;
};

// GroupNorm, then perhaps ·(1 + scale) + shift, then perhaps SiLU.
struct Normalizing {
  void* output;           // like the input; float32 where output_is_float is 1
  const void* input;      // [N, pixels, channels], channels a multiple of 16
  const float* weight;    // [channels]
  const float* bias;      // [channels]
  const float* scale_shift;   // [N, 2·channels] or null
  int64_t images, pixels, channels, groups;
  float epsilon;
  int32_t activates, output_is_float, threads;
};

// softmax(QKᵀ/√width)·V per head, over the text's keys and values, then the pixels'.
struct Attending {
  void* output;           // [N, pixels, heads·width]
  const void* input;      // [N, pixels, heads·3·width]: query, key and value of each head
  const void* text;       // [N, heads·2·width, tokens]: key and value of each head
  int64_t images, pixels, heads, width, tokens;   // width a multiple of 16, at most 64
  int32_t threads;
};

// Channels of two images side by side.
struct Joining {
  void* output;           // [pixels, first + second]
  const void* first;
  const void* second;
  int64_t pixels, first_bytes, second_bytes;        // bytes of a pixel
  int32_t threads;
};

// Means of 2×2 pixels.
struct Halving {
  void* output;           // [N, height, width, channels]
  const void* input;      // [N, 2·height, 2·width, channels], channels a multiple of 16
  int64_t images, height, width, channels;
  int32_t threads;
};
