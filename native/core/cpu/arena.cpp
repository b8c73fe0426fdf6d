#include "core/cpu/arena.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

namespace acinus {

namespace {

constexpr size_t kStep = size_t{64} << 20;       // memory is asked for in such steps
constexpr size_t kHuge = size_t{2} << 20;        // bytes of a huge page
constexpr size_t kRemainder = size_t{64} << 10;  // a shorter rest of a block stays with it

size_t round_up(size_t size, size_t to) { return (size + to - 1) / to * to; }

}  // namespace

Arena::Arena(size_t bytes) {
  const size_t reserved = round_up(bytes, kHuge) + kHuge;
  void* space = mmap(nullptr, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (space == MAP_FAILED) return;
  auto* first = static_cast<char*>(space);
  auto* aligned = reinterpret_cast<char*>(round_up(reinterpret_cast<size_t>(first), kHuge));
  end_ = first + reserved - kHuge + (aligned - first);
  if (aligned != first) munmap(first, static_cast<size_t>(aligned - first));
  if (end_ != first + reserved) munmap(end_, static_cast<size_t>(first + reserved - end_));
  begin_ = committed_ = top_ = aligned;
#ifdef MADV_HUGEPAGE
  madvise(begin_, static_cast<size_t>(end_ - begin_), MADV_HUGEPAGE);  // 512 times fewer page faults at first touch
#endif
}

Arena::~Arena() {
  if (exists()) munmap(begin_, static_cast<size_t>(end_ - begin_));
}

bool Arena::commit(const char* until) {
  if (until > end_) return false;
  if (until <= committed_) return true;
  const auto left = static_cast<size_t>(end_ - committed_);
  const size_t size = std::min(round_up(static_cast<size_t>(until - committed_), kStep), left);
  if (mprotect(committed_, size, PROT_READ | PROT_WRITE) != 0) return false;
  committed_ += size;
  return true;
}

Arena::Header* Arena::after(const Header* block) const {
  if (block == last_) return nullptr;
  return reinterpret_cast<Header*>(reinterpret_cast<size_t>(block) + block->size);
}

void Arena::insert(Header* block) {
  free_.emplace(block->size, block);
  kept_ += block->resident;
}

void Arena::remove(Header* block) {
  free_.erase({block->size, block});
  kept_ -= block->resident;
}

// Makes a block that is in no list one that is used, and its rest a free one.
void Arena::use(Header* block, size_t size) {
  if (block->size - size >= kRemainder) {
    auto* rest = reinterpret_cast<Header*>(reinterpret_cast<char*>(block) + size);
    rest->size = block->size - size;
    rest->before = block;
    rest->freed_at = block->freed_at;
    rest->resident = std::max(block->resident, size) - size;
    if (Header* next = after(block)) next->before = rest;
    if (block == last_) last_ = rest;
    block->size = size;
    insert(rest);
  }
  block->freed_at = 0;
}

Arena::Header* Arena::reuse(size_t size) {
  size = round_up(size, alignof(Header));
  const auto found = free_.lower_bound({size, nullptr});
  if (found == free_.end()) return nullptr;
  Header* block = found->second;
  remove(block);
  use(block, size);
  return block;
}

Arena::Header* Arena::grow(size_t size) {
  size = round_up(size, alignof(Header));
  Header* block = last_ != nullptr && last_->freed_at != 0 ? last_ : reinterpret_cast<Header*>(top_);
  char* until = reinterpret_cast<char*>(block) + size;
  if (static_cast<size_t>(end_ - reinterpret_cast<char*>(block)) < size || !commit(until)) return nullptr;
  if (block == last_) {
    remove(block);
  } else {
    block->before = last_;
    last_ = block;
  }
  block->size = size;
  block->freed_at = 0;
  top_ = until;
  return block;
}

void Arena::put(Header* block, uint64_t now) {
  block->freed_at = now;
  block->resident = block->size;
  Header* next = after(block);
  if (next != nullptr && next->freed_at != 0) {
    remove(next);
    block->size += next->size;
    block->resident += next->resident;
    if (next == last_) last_ = block;
  }
  Header* before = block->before;
  if (before != nullptr && before->freed_at != 0) {
    remove(before);
    before->size += block->size;
    before->resident += block->resident;
    before->freed_at = now;
    if (block == last_) last_ = before;
    block = before;
  }
  if (Header* beyond = after(block)) beyond->before = block;
  insert(block);
}

Arena::Header* Arena::oldest() const {
  Header* found = nullptr;
  for (const auto& [size, block] : free_) {
    if (block->resident > 0 && (found == nullptr || block->freed_at < found->freed_at)) found = block;
  }
  return found;
}

void Arena::release(Header* block) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t from = round_up(reinterpret_cast<size_t>(block + 1), page);
  const size_t until = (reinterpret_cast<size_t>(block) + block->size) / page * page;
  if (until > from) madvise(reinterpret_cast<void*>(from), until - from, MADV_DONTNEED);
  kept_ -= block->resident;
  block->resident = 0;
}

}  // namespace acinus
