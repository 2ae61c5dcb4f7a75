// Starts the kernels of kernels.cu.
#include "kernels.h"
#include "glide_cuda.h"
#include "program.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace {

constexpr unsigned kThreads = 512;     // of a block that normalizes, or fewer that divide evenly among all channels
constexpr unsigned kSumThreads = 256;  // of a block that adds
constexpr int64_t kWidth = 8;          // numbers that a thread has at a time
constexpr int64_t kMoments = 2 * 32;   // of an image or a part of it
constexpr int64_t kShareRows = 2;      // rows of pixels whose moments a block sums

// In this order for each type of numbers.
enum Kernel { kSumGroups, kNormalize, kAdd, kKernels };

const char* const kNames[] = {"sum_groups<Half>",     "normalize<Half>",     "add<Half>",
                              "sum_groups<BFloat16>", "normalize<BFloat16>", "add<BFloat16>"};

// As kernels.cu has them.
struct Shape {
  int pixels, channels, share;
};
struct Moments {
  const float* sums;
  int shares;
};
struct Affine {
  const float* weight;
  const float* bias;
  const float* scale_shift;
};
struct Steps {
  float epsilon;
  int activates, output_is_float;
};

}  // namespace

struct Kernels {
  glide::DeviceIndex device;
  glide::Program program;

  template <class... Parameters>
  void start(int32_t type, Kernel kernel, const glide::Launch& launch, Parameters... parameters) const {
    const glide::OnDevice on(device);
    void* arguments[] = {&parameters...};
    const auto stream = glide::torch().current_stream(device);
    glide::start(program.function(static_cast<std::size_t>(type * kKernels + kernel)), launch, stream, arguments);
  }
};

// Compiles the source for a device; null, and why, if it cannot be. Nothing frees them.
GLIDE_API Kernels* glide_kernels_compile(int device, const char* source, char* fault, int size) {
  std::string text = "an unknown error";
  std::unique_ptr<Kernels> made;
  glide::succeeds([&] {
    try {
      const auto index = glide::index_of(device);
      const std::vector<std::string> names(std::begin(kNames), std::end(kNames));
      made.reset(new Kernels{index, glide::Program(source, names, index)});
    } catch (const std::exception& error) {
      text = error.what();
    }
  });
  if (!made) {
    std::strncpy(fault, text.c_str(), static_cast<std::size_t>(size));
    fault[size - 1] = '\0';
  }
  return made.release();
}

// 0, or -1 if it could not be started.
GLIDE_API int glide_kernels_normalize(const Kernels* kernels, const Normalizing* call) {
  return glide::succeeds([&] {
    const auto pixels = static_cast<int>(call->height * call->width), channels = static_cast<int>(call->channels);
    const auto width = static_cast<int>(call->width), share = static_cast<int>(kShareRows) * width;
    const auto images = static_cast<unsigned>(call->images), height = static_cast<unsigned>(call->height);
    const auto shares = static_cast<int>((call->height + kShareRows - 1) / kShareRows);
    const auto vectors = static_cast<unsigned>(call->channels / kWidth), threads = kThreads / vectors * vectors;
    const std::size_t sums = threads * kWidth * 2;
    const std::size_t factors = call->channels * 2 + kMoments * (1 + std::max<std::size_t>(threads / kMoments, 1));
    kernels->start(call->type, kSumGroups, {static_cast<unsigned>(shares), images, threads, sums * sizeof(float)},
                   call->input, call->moments, Shape{pixels, channels, share});
    // Its blocks are smaller: one image should keep a whole GPU busy.
    kernels->start(call->type, kNormalize, {height, images, threads, factors * sizeof(float)}, call->output,
                   call->input, Moments{call->moments, shares},
                   Affine{call->weight, call->bias, call->scale_shift}, Shape{pixels, channels, width},
                   Steps{call->epsilon, call->activates, call->output_is_float});
  }) ? 0 : -1;
}

// 0, or -1 if it could not be started.
GLIDE_API int glide_kernels_add(const Kernels* kernels, const Adding* call) {
  return glide::succeeds([&] {
    const auto vectors = static_cast<unsigned>(call->count * call->height * call->width * call->channels / kWidth);
    const unsigned blocks = (vectors + kSumThreads - 1) / kSumThreads;
    kernels->start(call->type, kAdd, {blocks, 1, kSumThreads, 0}, call->images, call->bias, call->added, vectors,
                   static_cast<unsigned>(call->height), static_cast<unsigned>(call->width),
                   static_cast<unsigned>(call->channels), call->enlarges);
  }) ? 0 : -1;
}
