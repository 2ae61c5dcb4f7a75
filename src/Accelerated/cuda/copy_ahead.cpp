// Copies to a device that do not wait for what the device was told before.
#include "glide_cuda.h"
#include "streams.h"

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

// A tensor in page-locked memory as a new one on a device; null if it cannot be. It is copied on a stream of its own, beside
// whatever the device is doing; what the device is told from now on waits for it.
GLIDE_API at::Tensor* glide_copy_ahead(const at::Tensor* host, int device) {
  at::Tensor* result = nullptr;
  glide::succeeds([&] {
    const auto index = glide::index_of(device);
    const auto working = c10::cuda::getCurrentCUDAStream(index);
    const auto copying = glide::side_stream<glide::ForCopies>(index);
    c10::cuda::CUDAStreamGuard guard(copying);
    at::Tensor copy = host->to(host->options().device(c10::DeviceType::CUDA, index), /*non_blocking=*/true);
    c10::Event copied(c10::DeviceType::CUDA);
    copied.record(copying);
    copied.block(working);
    // Memory of the copying stream must not serve another copy while the working one still reads it.
    copy.record_stream(working);
    result = new at::Tensor(std::move(copy));
  });
  return result;
}
