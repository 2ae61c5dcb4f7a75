// Streams beside the one that a thread works on, and what one of them waits for.
#pragma once

#include "glide_cuda.h"

#include <map>

namespace glide {

// One for each thread, device and Purpose, and always the same: what libtorch and cuBLAS keep for a stream, memory above
// all, they then keep once.
template <class Purpose> Stream side_stream(DeviceIndex device) {
  thread_local std::map<DeviceIndex, Stream> streams;
  auto found = streams.find(device);
  if (found == streams.end())
    found = streams.emplace(device, torch().stream_from_pool(/*high_priority=*/false, device)).first;
  return found->second;
}

struct ForRecording;
struct ForCopies;

// A place in the work of the current device's streams.
class Event {
 public:
  Event() { check(torch().event_create(&event_, kWithoutTime)); }
  ~Event() { torch().event_destroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void record(const Stream& stream) { check(torch().event_record(event_, torch().cuda_stream(&stream))); }

  // Lets a stream wait for it.
  void block(const Stream& stream) const { check(torch().stream_wait_event(torch().cuda_stream(&stream), event_, 0)); }

  // Whether the device has come past it; true where it was never recorded.
  bool is_done() const {
    const int state = torch().event_query(event_);
    if (state != kNotReady) check(state);
    // Not to be ready is an error to the runtime, which it would report to the next who asks.
    if (state == kNotReady) torch().last_error();
    return state != kNotReady;
  }

 private:
  static constexpr unsigned kWithoutTime = 2;  // cudaEventDisableTiming
  static constexpr int kNotReady = 600;        // cudaErrorNotReady

  CudaEvent event_ = nullptr;
};

}  // namespace glide
