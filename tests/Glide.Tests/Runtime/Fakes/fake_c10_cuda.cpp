// Streams, devices and the allocator of GPU memory, without a GPU.
#include "fake_libtorch.h"

#include <map>

namespace c10::cuda {
namespace {

Stream stream_of(DeviceIndex device, int64_t id) { return Stream(Device{DeviceType::CUDA, device}, id); }

thread_local std::map<DeviceIndex, int64_t> current;
thread_local DeviceIndex current_index = 0;

}  // namespace

cudaStream_t CUDAStream::stream() const { return reinterpret_cast<cudaStream_t>(id()); }

CUDAStream getStreamFromPool(const bool isHighPriority, DeviceIndex device) {
  fake_call("getStreamFromPool");
  fake_note("new stream of device %d%s", device, isHighPriority ? ", urgent" : "");
  return CUDAStream(stream_of(device, fake_new_stream()));
}

CUDAStream getCurrentCUDAStream(DeviceIndex device) { return CUDAStream(stream_of(device, current[device])); }

void setCurrentCUDAStream(CUDAStream stream) {
  fake_call("setCurrentCUDAStream");
  current[stream.device_index()] = stream.id();
  fake_note("go to stream %ld of device %d", static_cast<long>(stream.id()), stream.device_index());
}

DeviceIndex current_device() { return current_index; }

DeviceIndex ExchangeDevice(DeviceIndex device) {
  fake_call("ExchangeDevice");
  if (device != current_index) fake_note("go to device %d", device);
  return std::exchange(current_index, device);
}

DeviceIndex MaybeExchangeDevice(DeviceIndex device) {
  if (device != current_index) fake_note("go back to device %d", device);
  return std::exchange(current_index, device);
}

namespace CUDACachingAllocator {
namespace {

// The one in use, none of whose functions is exported.
struct NativeCachingAllocator final : CUDAAllocator {
#ifdef FAKE_MORE_FUNCTIONS
  bool initialized() override { throw std::logic_error("nobody wants to know"); }
  std::string name() override { throw std::logic_error("nobody wants to know"); }
#endif
  void emptyCache(MempoolId_t pool) override {
    fake_note("empty the cache of pool %llu:%llu", pool.first, pool.second);
    fake_call("emptyCache");
  }

  CachingDeviceAllocator::DeviceStats getDeviceStats(DeviceIndex device) override {
    CachingDeviceAllocator::DeviceStats stats;
    stats.allocated_bytes[0] = {10 + device, 20, 0, 0};
    stats.reserved_bytes[0] = {30, 4000 + device, 0, 0};
    if (fake_fails("order of the statistics")) std::swap(stats.allocated_bytes, stats.reserved_bytes);
    fake_call("getDeviceStats");
    return stats;
  }

  void resetPeakStats(DeviceIndex device) override { fake_note("forget the peak of device %d", device); }

  void endAllocateToPool(DeviceIndex device, MempoolId_t pool) override {
    fake_note("end pool %llu:%llu on device %d", pool.first, pool.second, device);
    fake_call("endAllocateToPool");
  }

  void releasePool(DeviceIndex device, MempoolId_t pool) override {
    fake_note("release pool %llu:%llu on device %d", pool.first, pool.second, device);
  }
};

NativeCachingAllocator native;

}  // namespace

std::atomic<CUDAAllocator*> allocator{&native};

}  // namespace CUDACachingAllocator
}  // namespace c10::cuda
