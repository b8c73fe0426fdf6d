// Large blocks of memory from one stretch of address space. A request splits the smallest free block that fits. Free neighbours
// are joined, so that memory freed by one size serves any other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>

namespace acinus {

// Not thread-safe: the caller holds a lock.
class Arena {
 public:
  // In front of every block, free or not.
  struct alignas(64) Header {
    size_t size;  // of header and data
    Header* before;
    size_t resident;    // of a free block: bytes that may have been touched
    uint64_t freed_at;  // 0: not free
    uint64_t gauge;     // of a block in use: the PeakMemory that counts it, or 0
    size_t requested;   // of a block in use: bytes of the request, header included; its size may be a little more
  };

  // Reserves this much address space if the system allows it. None of it is memory yet.
  explicit Arena(size_t bytes);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  bool exists() const { return begin_ != nullptr; }
  bool holds(const void* pointer) const { return pointer >= begin_ && pointer < end_; }

  // A free block of `size` bytes or a little more, header included; null if there is none.
  Header* reuse(size_t size);
  // A block from memory that was never used; null if the address space ends or the system refuses.
  Header* grow(size_t size);
  void put(Header* block, uint64_t now);

  // When the oldest free block that still has pages was freed; null if no free block has pages.
  Header* oldest() const;
  // Gives the pages of a free block back to the system.
  void release(Header* block);
  size_t kept() const { return kept_; }  // bytes of free blocks that may be in memory

 private:
  Header* after(const Header* block) const;
  void insert(Header* block);
  void remove(Header* block);
  void use(Header* block, size_t size);
  bool commit(const char* until);

  char* begin_ = nullptr;
  char* end_ = nullptr;
  char* committed_ = nullptr;  // memory up to here
  char* top_ = nullptr;        // blocks up to here
  Header* last_ = nullptr;
  std::set<std::pair<size_t, Header*>> free_;  // by size; of equal ones the lowest first
  size_t kept_ = 0;
};

}  // namespace acinus
