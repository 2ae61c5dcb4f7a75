// CUDA graphs over the same libtorch that the networks run on: a network's hundreds of kernels are recorded once and
// started together from then on. What TorchSharp's interface lacks, and nothing more.
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAStream.h>

#include <memory>

#define GLIDE_API extern "C" __attribute__((visibility("default")))

namespace {

// A recording and the stream that the thread used before it began.
struct Recording {
  at::cuda::CUDAGraph graph;
  c10::cuda::CUDAStream before;
  bool recording = true;

  explicit Recording(c10::cuda::CUDAStream current) : before(current) {}
};

// Exceptions must not pass into C#: false stands for one.
template <class F> bool succeeds(F&& operation) noexcept {
  try {
    operation();
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace

// Begins to record what this thread tells the device; null if it cannot. Every recording needs its end or its release.
GLIDE_API Recording* glide_graph_begin(int device) {
  std::unique_ptr<Recording> made;
  bool begun = succeeds([&] {
    made = std::make_unique<Recording>(c10::cuda::getCurrentCUDAStream(static_cast<c10::DeviceIndex>(device)));
    made->before.synchronize();
    // The default stream cannot be recorded.
    c10::cuda::setCurrentCUDAStream(c10::cuda::getStreamFromPool(/*isHighPriority=*/false, static_cast<c10::DeviceIndex>(device)));
    made->graph.capture_begin();
  });
  if (begun) return made.release();
  if (made) succeeds([&] { c10::cuda::setCurrentCUDAStream(made->before); });
  return nullptr;
}

// Ends recording; 0, or -1 if what was recorded is of no use.
GLIDE_API int glide_graph_end(Recording* recording) {
  recording->recording = false;
  bool ended = succeeds([&] { recording->graph.capture_end(); });
  bool restored = succeeds([&] { c10::cuda::setCurrentCUDAStream(recording->before); });
  return ended && restored ? 0 : -1;
}

// Does on the current stream what was recorded; 0, or -1.
GLIDE_API int glide_graph_replay(Recording* recording) {
  return succeeds([&] { recording->graph.replay(); }) ? 0 : -1;
}

GLIDE_API void glide_graph_release(Recording* recording) {
  if (recording->recording) glide_graph_end(recording);
  succeeds([&] { delete recording; });
}

// The most bytes of a device's memory that tensors held since the last call, or -1.
GLIDE_API int64_t glide_cuda_peak(int device) {
  int64_t peak = -1;
  succeeds([&] {
    auto index = static_cast<c10::DeviceIndex>(device);
    peak = c10::cuda::CUDACachingAllocator::getDeviceStats(index).allocated_bytes[0].peak;
    c10::cuda::CUDACachingAllocator::resetPeakStats(index);
  });
  return peak;
}
