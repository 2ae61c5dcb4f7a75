// Where the memory of tensors on the CPU comes from. libtorch asks the system for every tensor anew and gives it back at
// once, so that each operation pays for fresh pages. Here a freed block waits for the next tensor of about its size, and
// blocks of megabytes lie in huge pages.
#include "glide_torch.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include <malloc.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <list>
#include <map>
#include <mutex>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace {

constexpr size_t kPage = 4096;
constexpr size_t kAlignment = 64;
constexpr size_t kHugePage = size_t{2} << 20;
// Smaller tensors are malloc's: see tune_malloc.
constexpr size_t kSmallestBlock = size_t{256} << 10;
// Blocks wait while they take less than this, or less than that part of what is in use.
constexpr size_t kLeastWaiting = size_t{128} << 20;
constexpr size_t kPartWaiting = 4;

size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

void* map_pages(size_t bytes) {
  size_t slack = bytes >= kHugePage ? kHugePage : 0;
  void* mapped = mmap(nullptr, bytes + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  if (slack == 0) return mapped;
  // Only whole huge pages at their own multiples count; what was mapped around them goes back.
  auto first = reinterpret_cast<uintptr_t>(mapped), start = round_up(first, kHugePage);
  if (start > first) munmap(mapped, start - first);
  if (first + slack > start) munmap(reinterpret_cast<void*>(start + bytes), first + slack - start);
  madvise(reinterpret_cast<void*>(start), bytes, MADV_HUGEPAGE);
  return reinterpret_cast<void*>(start);
}

// Blocks in use and blocks that wait, for all threads. A block is known by its first byte.
class Blocks {
 public:
  // Null where the system has no more.
  void* take(size_t wanted) {
    size_t bytes = round_up(wanted, kPage);
    std::lock_guard<std::mutex> lock(mutex_);
    auto [start, size] = waiting_of(bytes);
    if (!start) std::tie(start, size) = fresh(bytes);
    if (start) {
      in_use_.emplace(start, size);
      in_use_bytes_ += size;
    }
    return start;
  }

  // False if it is none of these blocks.
  bool give(void* start) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto used = in_use_.find(start);
    if (used == in_use_.end()) return false;
    size_t size = used->second;
    in_use_.erase(used);
    in_use_bytes_ -= size;
    waiting_bytes_ += size;
    oldest_first_.push_back({start, size});
    by_size_.emplace(size, std::prev(oldest_first_.end()));
    release_down_to(std::max(kLeastWaiting, in_use_bytes_ / kPartWaiting));
    return true;
  }

 private:
  using Block = std::pair<void*, size_t>;
  using Waiting = std::list<Block>;
  using BySize = std::multimap<size_t, Waiting::iterator>;

  // The smallest that is large enough, and at most a quarter larger.
  Block waiting_of(size_t bytes) {
    auto found = by_size_.lower_bound(bytes);
    if (found == by_size_.end() || found->first > bytes + bytes / 4) return {nullptr, 0};
    return forget(found);
  }

  Block fresh(size_t bytes) {
    void* start = map_pages(bytes);
    if (!start) {
      release_down_to(0);
      start = map_pages(bytes);
    }
    return {start, bytes};
  }

  void release_down_to(size_t limit) {
    while (waiting_bytes_ > limit) {
      auto same_size = by_size_.equal_range(oldest_first_.front().second);
      auto oldest = std::find_if(same_size.first, same_size.second,
                                 [&](const auto& entry) { return entry.second == oldest_first_.begin(); });
      auto [start, size] = forget(oldest);
      munmap(start, size);
    }
  }

  Block forget(BySize::iterator entry) {
    Block block = *entry->second;
    oldest_first_.erase(entry->second);
    by_size_.erase(entry);
    waiting_bytes_ -= block.second;
    return block;
  }

  std::mutex mutex_;
  std::unordered_map<void*, size_t> in_use_;
  Waiting oldest_first_;
  BySize by_size_;
  size_t in_use_bytes_ = 0;
  size_t waiting_bytes_ = 0;
};

// Never destroyed: tensors may outlive everything else of the process.
Blocks& blocks() {
  static Blocks* all = new Blocks;
  return *all;
}

void release(void* start) {
  bool may_be_block = reinterpret_cast<uintptr_t>(start) % kPage == 0;
  if (!may_be_block || !blocks().give(start)) free(start);
}

class KeepingAllocator final : public c10::Allocator {
 public:
  // Which of the two libtorch calls, and whether there is a copy_data to override, depends on its version.
  c10::DataPtr allocate(size_t bytes) { return std::as_const(*this).allocate(bytes); }

  c10::DataPtr allocate(size_t bytes) const {
    void* start = nullptr;
    if (bytes >= kSmallestBlock)
      start = blocks().take(bytes);
    else if (bytes > 0 && posix_memalign(&start, kAlignment, bytes) != 0)
      start = nullptr;
    TORCH_CHECK(start || bytes == 0, "can't allocate memory: you tried to allocate ", bytes, " bytes");
    return {start, start, release, c10::DeviceType::CPU};
  }

  // oneDNN takes its memory by this way.
  c10::DeleterFnPtr raw_deleter() const override { return release; }

  void copy_data(void* target, const void* source, size_t bytes) const { std::memcpy(target, source, bytes); }
};

// What libtorch and its kernels take beside tensors stays in the heap too, up to the largest size that malloc allows.
void tune_malloc() {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

const bool installed = [] {
  tune_malloc();
  c10::SetCPUAllocator(new KeepingAllocator, /*priority=*/1);
  return true;
}();

}  // namespace
