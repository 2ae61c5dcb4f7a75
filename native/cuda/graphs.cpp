// CUDA graphs over the same libtorch that the networks run on: a network's hundreds of kernels are recorded once and
// started together from then on. What TorchSharp's interface lacks, and nothing more.
#include "glide_cuda.h"
#include "streams.h"

#include <chrono>
#include <memory>
#include <thread>

namespace {

// How many replays the CPU tells a device ahead of what it has done. The device never waits for the next one, and a run
// that is interrupted, or says how far it is, is not minutes behind.
constexpr int kReplaysAhead = 2;
constexpr auto kPatience = std::chrono::microseconds(100);

// Only this thread's calls can spoil a recording: another may load weights meanwhile.
constexpr int kThreadLocal = 1;  // cudaStreamCaptureModeThreadLocal

// An at::cuda::CUDAGraph. Its members come to 104 bytes in libtorch 2.10, and to 448 with all that its sources have had
// since; what lies beyond is for versions to come.
class Graph {
 public:
  Graph() { glide::torch().graph_construct(place_, /*keep_graph=*/false); }
  ~Graph() { glide::torch().graph_destroy(place_); }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  void begin(glide::Pool pool) { glide::torch().capture_begin(place_, pool, kThreadLocal); }
  void end() { glide::torch().capture_end(place_); }
  void replay() { glide::torch().graph_replay(place_); }

 private:
  alignas(64) unsigned char place_[4096] = {};
};

}  // namespace

// A recording, the memory that its kernels write to, and the stream that the thread used before it began. Its device is
// the current one when it is made.
struct Recording {
  glide::DeviceIndex device;
  glide::Stream before;
  glide::Pool pool = glide::torch().graph_pool_handle();
  Graph graph;
  glide::Event replayed[kReplaysAhead];
  int next = 0;
  bool recording = true;
  // libtorch may go on asking a recording that failed whether memory belongs to it: that one is not deleted.
  bool stays = false;

  explicit Recording(glide::DeviceIndex index) : device(index), before(glide::torch().current_stream(index)) {}
};

namespace {

// A recording that fails leaves libtorch in the belief that it goes on: once memory is short, that is an internal
// error. Here it is told. That throws if libtorch knows already.
void fail(Recording& recording) {
  recording.recording = false;
  recording.stays = glide::succeeds([&] {
    glide::torch().end_allocate_to_pool(recording.device, recording.pool);
    glide::torch().release_pool(recording.device, recording.pool);
  });
}

// Memory of one recording serves no other, and memory that passes leave behind serves no recording, before the device
// has it back.
void give_back_memory() {
  constexpr glide::Pool everything{0, 0};
  glide::succeeds([&] { glide::torch().empty_cache(everything); });
}

bool end(Recording& recording) {
  recording.recording = false;
  glide::OnDevice on(recording.device);
  const bool ended = glide::succeeds([&] { recording.graph.end(); });
  if (!ended) fail(recording);
  return glide::succeeds([&] { glide::torch().set_current_stream(recording.before); }) && ended;
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
  const bool begun = glide::succeeds([&] {
    const auto index = glide::index_of(device);
    glide::OnDevice on(index);
    made = std::make_unique<Recording>(index);
    glide::check(glide::torch().stream_synchronize(glide::torch().cuda_stream(&made->before)));
    give_back_memory();
    // The default stream cannot be recorded.
    glide::torch().set_current_stream(glide::side_stream<glide::ForRecording>(index));
    made->graph.begin(made->pool);
  });
  if (begun) return made.release();
  if (made) {
    fail(*made);
    glide::succeeds([&] { glide::torch().set_current_stream(made->before); });
    glide_graph_release(made.release());
  }
  return nullptr;
}

// Does on the current stream what was recorded, as soon as the replay before the last one is done; 0, or -1.
GLIDE_API int glide_graph_replay(Recording* recording) {
  return glide::succeeds([&] {
    glide::OnDevice on(recording->device);
    glide::Event& replayed = recording->replayed[recording->next];
    while (!replayed.is_done()) std::this_thread::sleep_for(kPatience);
    recording->graph.replay();
    replayed.record(glide::torch().current_stream(recording->device));
    recording->next = (recording->next + 1) % kReplaysAhead;
  }) ? 0 : -1;
}
