#include "core/cpu/caching_allocator.h"

#include <c10/core/CPUAllocator.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <vector>

#include "core/cpu/arena.h"

namespace acinus {

namespace {

using Header = Arena::Header;

constexpr size_t kSmallest = 128;                     // of the size classes
constexpr size_t kMostSmallBlock = size_t{64} << 10;  // larger ones come from an arena
constexpr size_t kPerPower = 8;                       // size classes per power of two
constexpr size_t kArena = size_t{64} << 30;           // bytes of address space
constexpr int64_t kAlwaysHeld = int64_t{256} << 20;
constexpr int64_t kMostSmallKept = int64_t{64} << 20;  // bytes kept in small blocks

// Class sizes are 2^p · 9/8, 2^p · 10/8, … 2^(p + 1), numbered upwards; kSmallest is the last of the first eight.
constexpr size_t kFirstPower = std::bit_width(kSmallest) - 2;

constexpr size_t size_class(size_t size) {
  const size_t power = std::bit_width(size - 1) - 1;  // 2^power < size ≤ 2^(power + 1)
  const size_t step = (size_t{1} << power) / kPerPower;
  return (power - kFirstPower) * kPerPower + (size - (size_t{1} << power) + step - 1) / step - 1;
}

constexpr size_t kClasses = size_class(kMostSmallBlock) + 1;

size_t class_size(size_t index) {
  const size_t base = size_t{1} << (kFirstPower + index / kPerPower);
  return base + (index % kPerPower + 1) * (base / kPerPower);
}

// Where a process may have so much address space only (ulimit -v), an arena leaves most of it to others.
size_t arena_size() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kArena;
  return std::min(kArena, static_cast<size_t>(limit.rlim_cur) / 8);
}

thread_local PeakMemory* this_threads_gauge = nullptr;

void raise(std::atomic<int64_t>& peak, int64_t live) {
  int64_t known = peak;
  while (live > known && !peak.compare_exchange_weak(known, live)) {
  }
}

class CachingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* data = bytes == 0 ? nullptr : take(bytes);
    return {data, data, &deleter, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &deleter; }
  void copy_data(void* to, const void* from, size_t bytes) const override { default_copy_data(to, from, bytes); }

  MemoryStats stats() const { return {live_, peak_, cached_}; }

  uint64_t open(PeakMemory* gauge) {
    const std::lock_guard lock(mutex_);
    gauges_.push_back({++last_gauge_, gauge});
    return last_gauge_;
  }
  void close(const PeakMemory* gauge) {
    const std::lock_guard lock(mutex_);
    std::erase_if(gauges_, [&](const OpenGauge& one) { return one.gauge == gauge; });
  }

  void release_all() {
    const std::lock_guard lock(mutex_);
    shrink(0);
  }

  static CachingAllocator& instance() {
    static auto* allocator = new CachingAllocator;  // never destroyed
    return *allocator;
  }

 private:
  static void deleter(void* data) {
    if (data != nullptr) instance().put(static_cast<Header*>(data) - 1);
  }

  void* take(size_t bytes) {
    if (bytes > SIZE_MAX / 4) out_of_memory(bytes);
    const size_t wanted = std::max(bytes + sizeof(Header), kSmallest);
    Header* block = nullptr;
    {
      const std::lock_guard lock(mutex_);
      block = wanted <= kMostSmallBlock ? small(size_class(wanted)) : large(wanted);
      if (block == nullptr) {
        shrink(0);
        block = wanted <= kMostSmallBlock ? small(size_class(wanted)) : large(wanted);
      }
    }
    if (block == nullptr) out_of_memory(bytes);
    const auto size = static_cast<int64_t>(block->size);
    raise(peak_, live_ += size);
    PeakMemory* gauge = this_threads_gauge;
    block->gauge = gauge != nullptr ? gauge->id() : 0;
    block->requested = wanted;
    if (gauge != nullptr) gauge->count(static_cast<int64_t>(wanted));
    return block + 1;
  }

  void put(Header* block) {
    const auto size = static_cast<int64_t>(block->size);
    live_ -= size;
    const std::lock_guard lock(mutex_);
    for (const OpenGauge& open : gauges_) {
      if (open.id == block->gauge) open.gauge->count(-static_cast<int64_t>(block->requested));
    }
    if (block->size > kMostSmallBlock) {
      arena_of(block).put(block, ++clock_);
    } else if (small_kept_ + size <= kMostSmallKept) {
      small_[size_class(block->size)].push_back(block);
      small_kept_ += size;
    } else {
      std::free(block);
    }
    tally();
  }

  Header* small(size_t index) {
    auto& kept = small_[index];
    if (kept.empty()) {
      void* fresh = nullptr;
      if (posix_memalign(&fresh, alignof(Header), class_size(index)) != 0) return nullptr;
      auto* block = static_cast<Header*>(fresh);
      block->size = class_size(index);
      return block;
    }
    Header* block = kept.back();
    kept.pop_back();
    small_kept_ -= static_cast<int64_t>(block->size);
    tally();
    return block;
  }

  Header* large(size_t size) {
    for (auto& arena : arenas_) {
      if (Header* block = arena->reuse(size)) return tally(), block;
    }
    const int64_t live = live_ + static_cast<int64_t>(size);
    shrink(std::max(std::max<int64_t>(peak_, live) * 3 / 2, kAlwaysHeld) - live);
    for (auto& arena : arenas_) {
      if (Header* block = arena->grow(size)) return tally(), block;
    }
    for (size_t space = std::max(size, arena_size()); space >= size; space /= 2) {
      auto arena = std::make_unique<Arena>(space);
      Header* block = arena->exists() ? arena->grow(size) : nullptr;
      if (block == nullptr) continue;
      arenas_.push_back(std::move(arena));
      return block;
    }
    return nullptr;
  }

  Arena& arena_of(const Header* block) {
    return **std::find_if(arenas_.begin(), arenas_.end(), [&](const auto& arena) { return arena->holds(block); });
  }

  // Gives back what was unused for longest, until no more than `keep` bytes are kept: large blocks first.
  void shrink(int64_t keep) {
    while (tally() > keep) {
      Arena* from = nullptr;
      Header* oldest = nullptr;
      for (auto& arena : arenas_) {
        Header* block = arena->oldest();
        if (block == nullptr || (oldest != nullptr && oldest->freed_at < block->freed_at)) continue;
        oldest = block;
        from = arena.get();
      }
      if (oldest == nullptr) break;
      from->release(oldest);
    }
    if (tally() <= keep) return;
    for (auto& blocks : small_) {
      for (Header* block : blocks) std::free(block);
      blocks.clear();
    }
    small_kept_ = 0;
    tally();
  }

  int64_t tally() {
    int64_t kept = small_kept_;
    for (const auto& arena : arenas_) kept += static_cast<int64_t>(arena->kept());
    return cached_ = kept;
  }

  [[noreturn]] static void out_of_memory(size_t bytes) {
    C10_THROW_ERROR(OutOfMemoryError, "out of memory: " + std::to_string(bytes) + " bytes on the CPU could not be allocated");
  }

  struct OpenGauge {
    uint64_t id;
    PeakMemory* gauge;
  };

  std::mutex mutex_;  // of the six below
  std::array<std::vector<Header*>, kClasses> small_;
  int64_t small_kept_ = 0;  // bytes
  std::vector<std::unique_ptr<Arena>> arenas_;
  uint64_t clock_ = 0;
  std::vector<OpenGauge> gauges_;
  uint64_t last_gauge_ = 0;
  std::atomic<int64_t> cached_{0};
  std::atomic<int64_t> live_{0};
  std::atomic<int64_t> peak_{0};
};

}  // namespace

void install_caching_allocator() {
  static std::once_flag once;
  std::call_once(once, [] { c10::SetCPUAllocator(&CachingAllocator::instance(), /*priority=*/1); });
}

MemoryStats cpu_memory() { return CachingAllocator::instance().stats(); }
void release_cached_memory() { CachingAllocator::instance().release_all(); }

PeakMemory::PeakMemory() : id_(CachingAllocator::instance().open(this)), outer_(this_threads_gauge) {
  this_threads_gauge = this;
}

PeakMemory::~PeakMemory() {
  this_threads_gauge = outer_;
  CachingAllocator::instance().close(this);
}

void PeakMemory::count(int64_t bytes) { raise(peak_, live_ += bytes); }

}  // namespace acinus
