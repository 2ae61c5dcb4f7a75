// What every file of the library needs: how a C function calls libtorch without letting an exception out.
#pragma once

#include <c10/core/Device.h>
#include <c10/cuda/CUDAFunctions.h>

#define GLIDE_API extern "C" __attribute__((visibility("default")))

namespace glide {

// Exceptions must not pass into C#: false stands for one.
template <class F> bool succeeds(F&& operation) noexcept {
  try {
    operation();
    return true;
  } catch (...) {
    return false;
  }
}

// Without a number, the device that is current.
inline c10::DeviceIndex index_of(int device) {
  return device >= 0 ? static_cast<c10::DeviceIndex>(device) : static_cast<c10::DeviceIndex>(c10::cuda::current_device());
}

}  // namespace glide
