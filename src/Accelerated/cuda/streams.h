// Streams beside the one that a thread works on.
#pragma once

#include <c10/cuda/CUDAStream.h>

#include <map>

namespace glide {

// One for each thread, device and Purpose, and always the same: what libtorch and cuBLAS keep for a stream, memory above
// all, they then keep once.
template <class Purpose> c10::cuda::CUDAStream side_stream(c10::DeviceIndex device) {
  thread_local std::map<c10::DeviceIndex, c10::cuda::CUDAStream> streams;
  auto found = streams.find(device);
  if (found == streams.end())
    found = streams.emplace(device, c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device)).first;
  return found->second;
}

struct ForRecording;
struct ForCopies;

}  // namespace glide
