// What CUDA declares in every program, for one thread of a processor: a block's threads take turns, each as far as the
// next barrier. Blocks run one after the other.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>
#include <immintrin.h>
#include <tuple>
#include <ucontext.h>
#include <utility>
#include <vector>

#define __device__ inline
#define __global__
#define __shared__
#define __launch_bounds__(most)

struct Index {
  unsigned x, y;
};
static Index threadIdx, blockIdx, blockDim, gridDim;

struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

inline int min(int a, int b) { return a < b ? a : b; }
inline float rsqrtf(float x) { return 1 / std::sqrt(x); }
inline float __expf(float x) { return std::exp(x); }
inline float __fdividef(float x, float y) { return x / y; }

inline float __uint_as_float(unsigned bits) {
  float number;
  std::memcpy(&number, &bits, sizeof number);
  return number;
}
// Whatever a GPU computes that is no number has all bits but the first.
inline unsigned __float_as_uint(float number) {
  unsigned bits;
  if (number != number) return 0x7fffffff;
  std::memcpy(&bits, &number, sizeof bits);
  return bits;
}
inline float float_from_half(unsigned short bits) { return _cvtsh_ss(bits); }
inline unsigned short half_from_float(float number) {
  return _cvtss_sh(number, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

// As much as a block can have, and what it may not touch.
constexpr std::size_t kMostShared = 48 * 1024 / sizeof(float);
alignas(16) static float shared[kMostShared + 64];

namespace fake {

struct Thread {
  ucontext_t place;
  std::vector<char> stack = std::vector<char>(64 * 1024);
  bool is_done;
};

static ucontext_t scheduler;
static Thread* running;
static void (*body)();
static void** own_arguments;

inline void run_thread() {
  body();
  running->is_done = true;
  swapcontext(&running->place, &scheduler);
}

// Whether all threads came to the same barriers.
inline bool run_block(std::vector<Thread>& threads, bool backwards) {
  for (Thread& thread : threads) {
    getcontext(&thread.place);
    thread.place.uc_stack.ss_sp = thread.stack.data();
    thread.place.uc_stack.ss_size = thread.stack.size();
    thread.is_done = false;
    makecontext(&thread.place, run_thread, 0);
  }
  for (;;) {
    std::size_t done = 0;
    for (std::size_t i = 0; i < threads.size(); i++) {
      const std::size_t index = backwards ? threads.size() - 1 - i : i;
      running = &threads[index];
      threadIdx = {static_cast<unsigned>(index), 0};
      swapcontext(&scheduler, &running->place);
      done += running->is_done;
    }
    if (done > 0) return done == threads.size();
  }
}

// 0, or CUDA's error for a kernel that went wrong.
inline int run(const unsigned* grid, unsigned count, unsigned shared_bytes, bool backwards) {
  constexpr float kUntouched = 12345;
  if (shared_bytes > kMostShared * sizeof(float) || count > 1024) return 701;
  const std::size_t words = shared_bytes / sizeof(float);
  std::vector<Thread> threads(count);
  blockDim = {count, 1};
  gridDim = {grid[0], grid[1]};
  for (unsigned y = 0; y < grid[1]; y++) {
    for (unsigned x = 0; x < grid[0]; x++) {
      blockIdx = {x, y};
      for (std::size_t i = 0; i < words; i++) shared[i] = NAN;
      for (std::size_t i = words; i < words + 64; i++) shared[i] = kUntouched;
      if (!run_block(threads, backwards)) return 719;
      for (std::size_t i = words; i < words + 64; i++)
        if (shared[i] != kUntouched) return 700;
    }
  }
  return 0;
}

template <auto kernel, class... Parameters, std::size_t... places>
void call(void (*)(Parameters...), std::index_sequence<places...>) {
  kernel(*static_cast<Parameters*>(own_arguments[places])...);
}

template <class... Parameters> std::index_sequence_for<Parameters...> places_of(void (*)(Parameters...));

template <auto kernel> void call_kernel() { call<kernel>(kernel, decltype(places_of(kernel))()); }

}  // namespace fake

inline void __syncthreads() { swapcontext(&fake::running->place, &fake::scheduler); }

#define FAKE_KERNEL(number, kernel)                                                                              \
  extern "C" __attribute__((visibility("default"))) int fake_kernel_##number(                                    \
      const unsigned* grid, unsigned threads, unsigned shared_bytes, void** arguments, int backwards) {          \
    fake::own_arguments = arguments;                                                                             \
    fake::body = fake::call_kernel<kernel>;                                                                      \
    return fake::run(grid, threads, shared_bytes, backwards);                                                    \
  }
