// What the library calls of libtorch and of the CUDA runtime beneath it. All of it is found by name in the libraries
// that the program has loaded, so that no header of theirs is needed: the types below only have the layout of theirs,
// which is what the C++ calling convention goes by.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace glide {

using DeviceIndex = int8_t;

// c10::Stream, and c10::cuda::CUDAStream, which holds one and nothing else.
struct Stream {
  int8_t device_type;
  DeviceIndex device;
  int64_t id;
};

// c10::MempoolId_t.
using Pool = std::pair<unsigned long long, unsigned long long>;

// c10::CachingDeviceAllocator::DeviceStats as far as it is read. What follows in libtorch's, 112 bytes in 2.10, has
// more room here than it needs.
struct Statistics {
  struct Count {
    int64_t current, peak, allocated, freed;
  };
  // Of all memory, of small blocks, of large ones.
  using Counts = std::array<Count, 3>;

  Counts allocations, segments, active, inactive;
  Counts allocated_bytes, reserved_bytes, active_bytes, inactive_bytes, requested_bytes;
  std::array<int64_t, 128> rest;
};

// cudaStream_t, cudaEvent_t.
using CudaStream = void*;
using CudaEvent = void*;

// A virtual function of libtorch's allocator of GPU memory, by its place in the table of such functions.
template <class Signature> struct Virtual;
template <class Result, class... Arguments> struct Virtual<Result(Arguments...)> {
  std::size_t place;

  Result operator()(Arguments... arguments) const;
};

struct Libtorch {
  // at::cuda::CUDAGraph's constructor, destructor and functions; the first argument is where it lies.
  void (*graph_construct)(void* graph, bool keep_graph);
  void (*graph_destroy)(void* graph);
  void (*capture_begin)(void* graph, Pool pool, int mode);
  void (*capture_end)(void* graph);
  void (*graph_replay)(void* graph);
  Pool (*graph_pool_handle)();

  // c10::cuda.
  Stream (*stream_from_pool)(bool high_priority, DeviceIndex device);
  Stream (*current_stream)(DeviceIndex device);
  void (*set_current_stream)(Stream stream);
  CudaStream (*cuda_stream)(const Stream* stream);
  DeviceIndex (*current_device)();
  DeviceIndex (*exchange_device)(DeviceIndex device);
  DeviceIndex (*restore_device)(DeviceIndex device);

  // The operation of at::Tensor.
  void (*record_stream)(void* tensor, Stream stream);

  // The allocator: where a pointer to it lies, and its functions.
  void** allocator;
  Virtual<void(Pool)> empty_cache;
  Virtual<void(DeviceIndex, Pool)> end_allocate_to_pool;
  Virtual<void(DeviceIndex, Pool)> release_pool;
  Virtual<Statistics(DeviceIndex)> statistics;
  Virtual<void(DeviceIndex)> reset_peak;

  // The CUDA runtime.
  int (*event_create)(CudaEvent* event, unsigned flags);
  int (*event_record)(CudaEvent event, CudaStream stream);
  int (*event_query)(CudaEvent event);
  int (*event_destroy)(CudaEvent event);
  int (*stream_wait_event)(CudaStream stream, CudaEvent event, unsigned flags);
  int (*stream_synchronize)(CudaStream stream);
  int (*set_device)(int device);
  int (*device_attribute)(int* value, int attribute, int device);
  int (*last_error)();
};

// Filled by glide_cuda_open, before which nothing else may be called.
const Libtorch& torch();

template <class Result, class... Arguments>
Result Virtual<Result(Arguments...)>::operator()(Arguments... arguments) const {
  // libtorch's pointer is atomic; whoever may exchange the allocator does so before its first use.
  void* allocator = __atomic_load_n(torch().allocator, __ATOMIC_ACQUIRE);
  void* function = (*static_cast<void***>(allocator))[place];
  return reinterpret_cast<Result (*)(void*, Arguments...)>(function)(allocator, arguments...);
}

}  // namespace glide
