// Programs in CUDA that are compiled where they run, by the NVRTC that libtorch brings along.
#pragma once

#include "libtorch.h"

#include <string>
#include <vector>

namespace glide {

// cuLaunchKernel's function, cuModuleLoadData's module.
using CudaFunction = void*;
using CudaModule = void*;

// Compiled for one device and loaded there, where it stays as long as the process lives.
class Program {
 public:
  // The kernels are named as in the source, such as "add<float>". Throws std::runtime_error, which says what is wrong.
  Program(const std::string& source, const std::vector<std::string>& kernels, DeviceIndex device);

  CudaFunction function(std::size_t kernel) const { return functions_[kernel]; }

 private:
  std::vector<CudaFunction> functions_;
};

struct Launch {
  unsigned blocks_x, blocks_y, threads;
  std::size_t shared_bytes;
};

// Starts a kernel on a stream of the current device; throws CudaError. Types of arguments are those of the kernel's
// parameters.
void start(CudaFunction function, const Launch& launch, const Stream& stream, void** arguments);

}  // namespace glide
