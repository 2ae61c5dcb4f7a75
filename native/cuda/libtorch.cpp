// Finds the functions in the libtorch that the program has loaded.
#include "libtorch.h"
#include "glide_cuda.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

// A class that libtorch exports and that overrides every function of the allocator's interface.
#define GLIDE_SUBCLASS "5torch4cuda22CUDAPluggableAllocator22CUDAPluggableAllocator"

namespace glide {
namespace {

Libtorch found;

// As a programmer knows it: "at::cuda::CUDAGraph::replay()".
std::string readable(const char* name) {
  std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(name, nullptr, nullptr, nullptr), std::free);
  return text ? text.get() : name;
}

// The virtual functions of one class, in the order in which every class of that interface has them.
struct Table {
  // What stands before the functions: the offset to the whole object, and the type.
  static constexpr std::size_t kHead = 2;

  void* const* entries = nullptr;
  std::size_t count = 0;

  explicit Table(void* symbol) {
    Dl_info info;
    const ElfW(Sym)* entry = nullptr;
    void** const where = const_cast<void**>(reinterpret_cast<const void**>(&entry));
    if (symbol && dladdr1(symbol, &info, where, RTLD_DL_SYMENT) && entry) {
      const std::size_t words = entry->st_size / sizeof(void*);
      entries = static_cast<void* const*>(symbol) + kHead;
      count = words > kHead ? words - kHead : 0;
    }
  }

  // The place of a function; false where it is not there, or where another one has the same code.
  bool find(void* function, std::size_t& place) const {
    if (!function || std::count(entries, entries + count, function) != 1) return false;
    place = static_cast<std::size_t>(std::find(entries, entries + count, function) - entries);
    return true;
  }
};

class Search {
 public:
  // A library's handle finds what the libraries that it needs export too: those of the CUDA runtime, whose name differs
  // from one packaging to the next, and libtorch_cpu.
  explicit Search(const char* library) : library_(dlopen(library, RTLD_LAZY | RTLD_NOLOAD)) {
    if (!library_) lacks(library);
  }

  bool has_library() const { return library_; }
  void* symbol(const char* name) const { return dlsym(library_, name); }

  template <class Pointer> void find(Pointer& pointer, const char* name) {
    pointer = reinterpret_cast<Pointer>(symbol(name));
    if (!pointer) lacks(readable(name));
  }

  template <class Signature> void find(Virtual<Signature>& function, const Table& table, const char* name) {
    if (!table.find(symbol(name), function.place)) lacks(readable(name));
  }

  int lacking() const { return lacking_; }
  const std::string& names() const { return names_; }

 private:
  void lacks(const std::string& name) {
    names_ += (lacking_++ ? ", " : "") + name;
  }

  void* library_;
  int lacking_ = 0;
  std::string names_;
};

void find_all(Search& search) {
  search.find(found.graph_construct, "_ZN2at4cuda9CUDAGraphC1Eb");
  search.find(found.graph_destroy, "_ZN2at4cuda9CUDAGraphD1Ev");
  search.find(found.capture_begin, "_ZN2at4cuda9CUDAGraph13capture_beginESt4pairIyyE21cudaStreamCaptureMode");
  search.find(found.capture_end, "_ZN2at4cuda9CUDAGraph11capture_endEv");
  search.find(found.graph_replay, "_ZN2at4cuda9CUDAGraph6replayEv");
  search.find(found.graph_pool_handle, "_ZN2at4cuda17graph_pool_handleEv");

  search.find(found.stream_from_pool, "_ZN3c104cuda17getStreamFromPoolEba");
  search.find(found.current_stream, "_ZN3c104cuda20getCurrentCUDAStreamEa");
  search.find(found.set_current_stream, "_ZN3c104cuda20setCurrentCUDAStreamENS0_10CUDAStreamE");
  search.find(found.cuda_stream, "_ZNK3c104cuda10CUDAStream6streamEv");
  search.find(found.current_device, "_ZN3c104cuda14current_deviceEv");
  search.find(found.exchange_device, "_ZN3c104cuda14ExchangeDeviceEa");
  search.find(found.restore_device, "_ZN3c104cuda19MaybeExchangeDeviceEa");

  search.find(found.record_stream, "_ZN2at4_ops13record_stream4callERNS_6TensorEN3c106StreamE");

  // The allocator in use exports none of its functions, and their order changes with libtorch's versions. But a
  // subclass of the same interface exports all of its own: where they stand in its table, the allocator's stand too.
  const Table table(search.symbol("_ZTVN" GLIDE_SUBCLASS "E"));
  search.find(found.allocator, "_ZN3c104cuda20CUDACachingAllocator9allocatorE");
  search.find(found.empty_cache, table, "_ZN" GLIDE_SUBCLASS "10emptyCacheESt4pairIyyE");
  search.find(found.end_allocate_to_pool, table, "_ZN" GLIDE_SUBCLASS "17endAllocateToPoolEaSt4pairIyyE");
  search.find(found.release_pool, table, "_ZN" GLIDE_SUBCLASS "11releasePoolEaSt4pairIyyE");
  search.find(found.statistics, table, "_ZN" GLIDE_SUBCLASS "14getDeviceStatsEa");
  search.find(found.reset_peak, table, "_ZN" GLIDE_SUBCLASS "14resetPeakStatsEa");

  search.find(found.event_create, "cudaEventCreateWithFlags");
  search.find(found.event_record, "cudaEventRecord");
  search.find(found.event_query, "cudaEventQuery");
  search.find(found.event_destroy, "cudaEventDestroy");
  search.find(found.stream_wait_event, "cudaStreamWaitEvent");
  search.find(found.stream_synchronize, "cudaStreamSynchronize");
  search.find(found.set_device, "cudaSetDevice");
  search.find(found.device_attribute, "cudaDeviceGetAttribute");
  search.find(found.last_error, "cudaGetLastError");
}

}  // namespace

const Libtorch& torch() { return found; }

}  // namespace glide

// Finds everything in the loaded library of this name, such as libtorch_cuda.so, and in those that it needs; how much
// is not there, and in `names` what, as far as it fits. Only after a 0 may anything else of this library be called.
GLIDE_API int glide_cuda_open(const char* library, char* names, int size) {
  int lacking = -1;
  glide::succeeds([&] {
    glide::Search search(library);
    if (search.has_library()) glide::find_all(search);
    std::strncpy(names, search.names().c_str(), static_cast<std::size_t>(size));
    names[size - 1] = '\0';
    lacking = search.lacking();
  });
  return lacking;
}
