// A caching allocator for CPU tensors. Without it, page faults of freshly mapped memory dominate a CPU training step. It keeps
// the memory that one step frees for the next.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace acinus {

struct MemoryStats {
  int64_t current = 0;  // bytes of live tensors
  int64_t peak = 0;     // most that was ever live
  int64_t cached = 0;   // bytes kept for reuse
};

// Becomes LibTorch's CPU allocator. Once per process, before any tensor is made; it is never destroyed, since tensors may
// outlive everything else. Blocks of more than 64 KiB come from arenas (core/cpu/arena.h); smaller ones in eight sizes per
// power of two from the C library, and are kept for their size. Live and kept together stay below 1.5 times the largest amount
// ever live (and 256 MiB); what was unused for longest is given back.
void install_caching_allocator();

MemoryStats cpu_memory();
// Gives everything kept back to the system.
void release_cached_memory();

// Counts what its own thread takes while it lives, and when that is freed, on whatever thread. What other threads take in the
// meantime is not part of it, and any number of threads may count at once. Of two on one thread the inner one counts. It counts
// requests and not the blocks that serve them, whose sizes depend on what was freed before.
class PeakMemory {
 public:
  PeakMemory();
  ~PeakMemory();
  PeakMemory(const PeakMemory&) = delete;
  PeakMemory& operator=(const PeakMemory&) = delete;
  int64_t bytes() const { return peak_; }  // most that was live at one time

  // For the allocator.
  uint64_t id() const { return id_; }
  void count(int64_t bytes);

 private:
  uint64_t id_;
  PeakMemory* outer_;
  std::atomic<int64_t> live_{0};
  std::atomic<int64_t> peak_{0};
};

}  // namespace acinus
