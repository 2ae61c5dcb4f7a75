// CUDA graphs over the same libtorch that the networks run on: a network's hundreds of kernels are recorded once and
// started together from then on. What TorchSharp's interface lacks, and nothing more.
#include "glide_cuda.h"
#include "streams.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/Event.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <chrono>
#include <memory>
#include <thread>

using Pool = decltype(at::cuda::graph_pool_handle());

namespace {

// How many replays the CPU tells a device ahead of what it has done. The device never waits for the next one, and a run
// that is interrupted, or says how far it is, is not minutes behind.
constexpr int kReplaysAhead = 2;
constexpr auto kPatience = std::chrono::microseconds(100);

// A recording, the memory that its kernels write to, and the stream that the thread used before it began.
struct Recording {
  c10::DeviceIndex device;
  c10::cuda::CUDAStream before;
  Pool pool = at::cuda::graph_pool_handle();
  at::cuda::CUDAGraph graph;
  c10::Event replayed[kReplaysAhead] = {c10::Event(c10::DeviceType::CUDA), c10::Event(c10::DeviceType::CUDA)};
  int next = 0;
  bool recording = true;
  // libtorch may go on asking a recording that failed whether memory belongs to it: that one is not deleted.
  bool stays = false;

  explicit Recording(c10::DeviceIndex index) : device(index), before(c10::cuda::getCurrentCUDAStream(index)) {}
};

// Only this thread's calls can spoil a recording, where libtorch lets one say so: another may load weights meanwhile.
template <class Graph>
auto begin(Graph& graph, Pool pool, int) -> decltype(graph.capture_begin(pool, cudaStreamCaptureModeThreadLocal)) {
  graph.capture_begin(pool, cudaStreamCaptureModeThreadLocal);
}
template <class Graph> void begin(Graph& graph, Pool pool, long) { graph.capture_begin(pool); }

// A recording that fails leaves libtorch in the belief that it goes on: once memory is short, that is an internal error.
// Here it is told; versions that cannot be told stay as they are. Throws if libtorch knows already.
template <class Allocator>
auto give_up(Allocator* allocator, c10::DeviceIndex device, Pool pool, int)
    -> decltype(allocator->endAllocateToPool(device, pool), allocator->releasePool(device, pool)) {
  allocator->endAllocateToPool(device, pool);
  allocator->releasePool(device, pool);
}
template <class Allocator> void give_up(Allocator*, c10::DeviceIndex, Pool, long) {}

void fail(Recording& recording) {
  recording.recording = false;
  recording.stays = glide::succeeds([&] { give_up(c10::cuda::CUDACachingAllocator::get(), recording.device, recording.pool, 0); });
}

// Memory of one recording serves no other, and memory that passes leave behind serves no recording, before the device has
// it back.
void give_back_memory() {
  glide::succeeds([] { c10::cuda::CUDACachingAllocator::emptyCache(); });
}

bool end(Recording& recording) {
  recording.recording = false;
  c10::cuda::CUDAGuard guard(recording.device);
  bool ended = glide::succeeds([&] { recording.graph.capture_end(); });
  if (!ended) fail(recording);
  return glide::succeeds([&] { c10::cuda::setCurrentCUDAStream(recording.before); }) && ended;
}

}  // namespace

// Ends recording; 0, or -1 if what was recorded is of no use.
GLIDE_API int glide_graph_end(Recording* recording) {
  bool ended = false;
  glide::succeeds([&] { ended = end(*recording); });
  return ended ? 0 : -1;
}

GLIDE_API void glide_graph_release(Recording* recording) {
  if (recording->recording) glide_graph_end(recording);
  if (!recording->stays) glide::succeeds([&] { delete recording; });
  give_back_memory();
}

// Begins to record what this thread tells the device; null if it cannot. Every recording needs its end or its release.
GLIDE_API Recording* glide_graph_begin(int device) {
  std::unique_ptr<Recording> made;
  bool begun = glide::succeeds([&] {
    // libtorch records the stream of the device that is current, which need not be the one that tensors are on.
    c10::cuda::CUDAGuard guard(glide::index_of(device));
    made = std::make_unique<Recording>(glide::index_of(device));
    made->before.synchronize();
    give_back_memory();
    // The default stream cannot be recorded.
    c10::cuda::setCurrentCUDAStream(glide::side_stream<glide::ForRecording>(made->device));
    begin(made->graph, made->pool, 0);
  });
  if (begun) return made.release();
  if (made) {
    fail(*made);
    glide::succeeds([&] { c10::cuda::setCurrentCUDAStream(made->before); });
    glide_graph_release(made.release());
  }
  return nullptr;
}

// Does on the current stream what was recorded, as soon as the replay before the last one is done; 0, or -1.
GLIDE_API int glide_graph_replay(Recording* recording) {
  return glide::succeeds([&] {
    c10::Event& replayed = recording->replayed[recording->next];
    while (!replayed.query()) std::this_thread::sleep_for(kPatience);
    recording->graph.replay();
    replayed.record(c10::cuda::getCurrentCUDAStream(recording->device));
    recording->next = (recording->next + 1) % kReplaysAhead;
  }) ? 0 : -1;
}
