// The memory of a device.
#include "glide_cuda.h"

namespace {

// Counts of a libtorch that orders them otherwise than this library believes would hardly pass.
bool are_credible(const glide::Statistics& counts) {
  const auto& allocated = counts.allocated_bytes[0];
  const auto& reserved = counts.reserved_bytes[0];
  return allocated.current >= 0 && allocated.current <= allocated.peak && reserved.current <= reserved.peak &&
         allocated.current <= reserved.current && allocated.peak <= reserved.peak;
}

}  // namespace

// The most bytes of a device's memory that libtorch held since the last call, for tensors and in reserve, or -1.
GLIDE_API int64_t glide_cuda_peak(int device) {
  int64_t peak = -1;
  glide::succeeds([&] {
    const auto index = glide::index_of(device);
    const auto counts = glide::torch().statistics(index);
    if (!are_credible(counts)) return;
    glide::torch().reset_peak(index);
    peak = counts.reserved_bytes[0].peak;
  });
  return peak;
}
