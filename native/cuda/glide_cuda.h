// What every file of the library needs: how a C function calls libtorch without letting an exception out.
#pragma once

#include "libtorch.h"

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

struct CudaError {};

// The CUDA runtime says by numbers what libtorch says by exceptions, and remembers the last for whoever asks next.
inline void check(int error) {
  if (error == 0) return;
  torch().last_error();
  throw CudaError();
}

// Without a number, the device that is current.
inline DeviceIndex index_of(int device) {
  return device >= 0 ? static_cast<DeviceIndex>(device) : torch().current_device();
}

// Makes a device current as long as it lives. Going back to one that nobody has used does not take its memory.
// libtorch records the stream of the current device, which need not be the one that tensors are on, and every device's
// default stream has the same name to CUDA.
class OnDevice {
 public:
  explicit OnDevice(DeviceIndex device) : before_(torch().exchange_device(device)) {}
  ~OnDevice() {
    succeeds([this] { torch().restore_device(before_); });
  }
  OnDevice(const OnDevice&) = delete;
  OnDevice& operator=(const OnDevice&) = delete;

 private:
  DeviceIndex before_;
};

}  // namespace glide
