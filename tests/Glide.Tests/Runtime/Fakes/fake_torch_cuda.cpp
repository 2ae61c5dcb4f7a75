// CUDA graphs without CUDA, and the subclass of the allocator's interface that libtorch exports.
#include "fake_libtorch.h"

namespace at {

void _ops::record_stream::call(Tensor&, c10::Stream stream) {
  fake_call("record_stream");
  fake_note("tensor is used on stream %ld of device %d", static_cast<long>(stream.id()), stream.device_index());
}

namespace cuda {

c10::MempoolId_t graph_pool_handle() { return {0, 7}; }

CUDAGraph::CUDAGraph(bool keep_graph) : capture_stream(c10::cuda::getCurrentCUDAStream(0)) {
  fake_note("new graph%s", keep_graph ? ", kept" : "");
}

CUDAGraph::~CUDAGraph() { fake_note("delete graph"); }

void CUDAGraph::capture_begin(c10::MempoolId_t pool, cudaStreamCaptureMode mode) {
  const c10::DeviceIndex device = c10::cuda::current_device();
  capture_stream = c10::cuda::getCurrentCUDAStream(device);
  fake_note("begin to capture on device %d into pool %llu:%llu, mode %d", device, pool.first, pool.second, mode);
  fake_call("capture_begin");
}

void CUDAGraph::capture_end() {
  const auto current = c10::cuda::getCurrentCUDAStream(capture_stream.device_index());
  fake_note("end capture%s", capture_stream.id() == current.id() ? "" : " on another stream");
  fake_call("capture_end");
}

#ifndef FAKE_WITHOUT_REPLAY
void CUDAGraph::replay() {
  fake_note("replay");
  fake_call("replay");
}
#endif

}  // namespace cuda
}  // namespace at

namespace torch::cuda::CUDAPluggableAllocator {

#ifdef FAKE_MORE_FUNCTIONS
bool CUDAPluggableAllocator::initialized() { return true; }
std::string CUDAPluggableAllocator::name() { return "pluggable"; }
#endif

// What they do here is different, so that no two of them can be the same code.
void CUDAPluggableAllocator::emptyCache(c10::MempoolId_t) { fake_note("wrong allocator: emptyCache"); }

c10::CachingDeviceAllocator::DeviceStats CUDAPluggableAllocator::getDeviceStats(c10::DeviceIndex) {
  throw std::logic_error("wrong allocator");
}

void CUDAPluggableAllocator::resetPeakStats(c10::DeviceIndex) { fake_note("wrong allocator: resetPeakStats"); }

void CUDAPluggableAllocator::endAllocateToPool(c10::DeviceIndex, c10::MempoolId_t) {
  fake_note("wrong allocator: endAllocateToPool");
}

void CUDAPluggableAllocator::releasePool(c10::DeviceIndex, c10::MempoolId_t) {
  fake_note("wrong allocator: releasePool");
}

}  // namespace torch::cuda::CUDAPluggableAllocator
