// The memory of a device.
#include "glide_cuda.h"

#include <c10/cuda/CUDACachingAllocator.h>

#include <cstdint>

// The most bytes of a device's memory that libtorch held since the last call, for tensors and in reserve, or -1.
GLIDE_API int64_t glide_cuda_peak(int device) {
  int64_t peak = -1;
  glide::succeeds([&] {
    auto index = glide::index_of(device);
    peak = c10::cuda::CUDACachingAllocator::getDeviceStats(index).reserved_bytes[0].peak;
    c10::cuda::CUDACachingAllocator::resetPeakStats(index);
  });
  return peak;
}
