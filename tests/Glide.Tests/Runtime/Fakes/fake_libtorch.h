// The declarations of libtorch that the fakes define, with its namespaces, names and types, so that the compiler makes
// the names that libtorch exports.
#pragma once

#include "fake.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#define FAKE_CLASS __attribute__((visibility("default")))

struct CUstream_st;
using cudaStream_t = CUstream_st*;
enum cudaStreamCaptureMode { cudaStreamCaptureModeGlobal, cudaStreamCaptureModeThreadLocal };

// Throws what libtorch would: anything.
inline void fake_call(const char* function) {
  if (fake_fails(function)) throw std::runtime_error(function);
}

namespace c10 {

using DeviceIndex = int8_t;
using MempoolId_t = std::pair<unsigned long long, unsigned long long>;
enum class DeviceType : int8_t { CPU = 0, CUDA = 1 };

struct Device {
  DeviceType type;
  DeviceIndex index;
};

class Stream {
 public:
  Stream(Device device, int64_t id) : device_(device), id_(id) {}
  DeviceIndex device_index() const { return device_.index; }
  int64_t id() const { return id_; }

 private:
  Device device_;
  int64_t id_;
};

namespace CachingDeviceAllocator {

struct Stat {
  int64_t current = 0, peak = 0, allocated = 0, freed = 0;
};
using StatArray = std::array<Stat, 3>;

struct DeviceStats {
  StatArray allocation, segment, active, inactive_split;
  StatArray allocated_bytes, reserved_bytes, active_bytes, inactive_split_bytes, requested_bytes;
  int64_t num_alloc_retries = 0, num_ooms = 0;
  Stat oversize_allocations, oversize_segments;
  int64_t num_sync_all_streams = 0, num_device_alloc = 0, num_device_free = 0, max_split_size = 0;
};

}  // namespace CachingDeviceAllocator

namespace cuda {

class FAKE_CLASS CUDAStream {
 public:
  explicit CUDAStream(Stream stream) : stream_(stream) {}
  DeviceIndex device_index() const { return stream_.device_index(); }
  int64_t id() const { return stream_.id(); }
  cudaStream_t stream() const;

 private:
  Stream stream_;
};

FAKE_CLASS CUDAStream getStreamFromPool(const bool isHighPriority, DeviceIndex device);
FAKE_CLASS CUDAStream getCurrentCUDAStream(DeviceIndex device);
FAKE_CLASS void setCurrentCUDAStream(CUDAStream stream);
FAKE_CLASS DeviceIndex current_device();
FAKE_CLASS DeviceIndex ExchangeDevice(DeviceIndex device);
FAKE_CLASS DeviceIndex MaybeExchangeDevice(DeviceIndex device);

namespace CUDACachingAllocator {

class CUDAAllocator {
 public:
  virtual ~CUDAAllocator() = default;
#ifdef FAKE_MORE_FUNCTIONS
  // Another version of libtorch has one more here.
  virtual bool initialized() = 0;
#endif
  virtual void emptyCache(MempoolId_t pool) = 0;
  virtual CachingDeviceAllocator::DeviceStats getDeviceStats(DeviceIndex device) = 0;
  virtual void resetPeakStats(DeviceIndex device) = 0;
#ifdef FAKE_MORE_FUNCTIONS
  virtual std::string name() = 0;
#endif
  virtual void endAllocateToPool(DeviceIndex device, MempoolId_t pool) = 0;
  virtual void releasePool(DeviceIndex device, MempoolId_t pool) = 0;
};

FAKE_CLASS extern std::atomic<CUDAAllocator*> allocator;

}  // namespace CUDACachingAllocator
}  // namespace cuda
}  // namespace c10

namespace at {

class Tensor;

namespace _ops {
struct FAKE_CLASS record_stream {
  static void call(Tensor& tensor, c10::Stream stream);
};
}  // namespace _ops

namespace cuda {

FAKE_CLASS c10::MempoolId_t graph_pool_handle();

struct FAKE_CLASS CUDAGraph {
  CUDAGraph(bool keep_graph = false);
  ~CUDAGraph();
  void capture_begin(c10::MempoolId_t pool, cudaStreamCaptureMode mode);
  void capture_end();
  void replay();

  c10::cuda::CUDAStream capture_stream;
};

}  // namespace cuda
}  // namespace at

namespace torch::cuda::CUDAPluggableAllocator {

struct FAKE_CLASS CUDAPluggableAllocator : c10::cuda::CUDACachingAllocator::CUDAAllocator {
#ifdef FAKE_MORE_FUNCTIONS
  bool initialized() override;
  std::string name() override;
#endif
  void emptyCache(c10::MempoolId_t pool) override;
  c10::CachingDeviceAllocator::DeviceStats getDeviceStats(c10::DeviceIndex device) override;
  void resetPeakStats(c10::DeviceIndex device) override;
  void endAllocateToPool(c10::DeviceIndex device, c10::MempoolId_t pool) override;
  void releasePool(c10::DeviceIndex device, c10::MempoolId_t pool) override;
};

}  // namespace torch::cuda::CUDAPluggableAllocator
