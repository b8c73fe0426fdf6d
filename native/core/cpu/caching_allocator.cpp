#include "core/cpu/caching_allocator.h"

#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <vector>

namespace acinus {

namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kSmallest = size_t{64} << 10;  // smaller blocks are not kept
constexpr size_t kMapped = size_t{1} << 20;     // blocks from here on are mapped, not taken from the C library's heap
constexpr size_t kHuge = size_t{4} << 20;       // and from here on asked for in huge pages
constexpr size_t kPerPower = 8;                 // size classes per power of two
constexpr size_t kClasses = 40 * kPerPower;
constexpr size_t kReuse = 2;  // a block may be two classes, at most a quarter, larger than asked for
constexpr int64_t kAlwaysHeld = int64_t{256} << 20;

// In front of every block: oneDNN wants data to equal context, so the deleter is given nothing but the data pointer.
struct alignas(kAlignment) Header {
  size_t size;        // of header and data
  uint64_t freed_at;  // on the allocator's clock
};
static_assert(sizeof(Header) == kAlignment);

// Class sizes are 2^p · 9/8, 2^p · 10/8, … 2^(p + 1), numbered upwards; kSmallest is the last of the first eight.
constexpr size_t kFirstPower = std::bit_width(kSmallest) - 2;

size_t size_class(size_t size) {
  const size_t power = std::bit_width(size - 1) - 1;  // 2^power < size ≤ 2^(power + 1)
  const size_t step = (size_t{1} << power) / kPerPower;
  return (power - kFirstPower) * kPerPower + (size - (size_t{1} << power) + step - 1) / step - 1;
}

size_t class_size(size_t index) {
  const size_t base = size_t{1} << (kFirstPower + index / kPerPower);
  return base + (index % kPerPower + 1) * (base / kPerPower);
}

Header* obtain(size_t size) {
  void* block = nullptr;
  if (size < kMapped) return posix_memalign(&block, kAlignment, size) == 0 ? static_cast<Header*>(block) : nullptr;
  block = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) return nullptr;
#ifdef MADV_HUGEPAGE
  if (size >= kHuge) madvise(block, size, MADV_HUGEPAGE);  // 512 times fewer page faults at first touch
#endif
  return static_cast<Header*>(block);
}

void give_back(Header* block) {
  if (block->size < kMapped) {
    std::free(block);
  } else {
    munmap(block, block->size);
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
  void set_peak(int64_t peak) { peak_ = peak; }
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
    const size_t wanted = bytes + sizeof(Header);
    const bool kept = wanted >= kSmallest;
    Header* block = kept ? reuse(size_class(wanted)) : nullptr;
    if (block == nullptr) {
      const size_t size = kept ? class_size(size_class(wanted)) : wanted;
      if (kept) make_room(size);
      block = obtain(size);
      if (block == nullptr) {
        release_all();
        block = obtain(size);
      }
      if (block == nullptr) out_of_memory(bytes);
      block->size = size;
    }
    count(static_cast<int64_t>(block->size));
    return block + 1;
  }

  void put(Header* block) {
    live_ -= static_cast<int64_t>(block->size);
    if (block->size < kSmallest) return std::free(block);
    const std::lock_guard lock(mutex_);
    block->freed_at = ++clock_;
    cached_ += static_cast<int64_t>(block->size);
    free_[size_class(block->size)].push_back(block);
  }

  Header* reuse(size_t index) {
    const std::lock_guard lock(mutex_);
    for (size_t i = index; i <= index + kReuse && i < kClasses; ++i) {
      if (free_[i].empty()) continue;
      Header* block = free_[i].back();
      free_[i].pop_back();
      cached_ -= static_cast<int64_t>(block->size);
      return block;
    }
    return nullptr;
  }

  void make_room(size_t size) {
    const std::lock_guard lock(mutex_);
    const int64_t live = live_ + static_cast<int64_t>(size);
    shrink(std::max(std::max<int64_t>(peak_, live) * 3 / 2, kAlwaysHeld) - live);
  }

  // Each class is a stack, so its bottom was unused for longest.
  void shrink(int64_t keep) {
    while (cached_ > keep) {
      std::vector<Header*>* oldest = nullptr;
      for (auto& blocks : free_) {
        if (blocks.empty()) continue;
        if (oldest == nullptr || blocks.front()->freed_at < oldest->front()->freed_at) oldest = &blocks;
      }
      if (oldest == nullptr) return;
      Header* block = oldest->front();
      oldest->erase(oldest->begin());
      cached_ -= static_cast<int64_t>(block->size);
      give_back(block);
    }
  }

  void count(int64_t bytes) {
    const int64_t live = live_ += bytes;
    int64_t peak = peak_;
    while (live > peak && !peak_.compare_exchange_weak(peak, live)) {
    }
  }

  [[noreturn]] static void out_of_memory(size_t bytes) {
    C10_THROW_ERROR(OutOfMemoryError, "out of memory: " + std::to_string(bytes) + " bytes on the CPU could not be allocated");
  }

  std::mutex mutex_;  // of the three below
  std::array<std::vector<Header*>, kClasses> free_;
  uint64_t clock_ = 0;
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

PeakMemory::PeakMemory() {
  auto& allocator = CachingAllocator::instance();
  const MemoryStats now = allocator.stats();
  before_ = now.current;
  overall_ = now.peak;
  allocator.set_peak(now.current);
}

PeakMemory::~PeakMemory() {
  auto& allocator = CachingAllocator::instance();
  allocator.set_peak(std::max(overall_, allocator.stats().peak));
}

int64_t PeakMemory::bytes() const { return CachingAllocator::instance().stats().peak - before_; }

}  // namespace acinus
