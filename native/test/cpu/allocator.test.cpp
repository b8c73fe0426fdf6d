// The allocator of tensors (core/cpu/caching_allocator.h).
#include <c10/core/CPUAllocator.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <thread>

#include "core/cpu/caching_allocator.h"
#include "core/torch.h"
#include "test/catch.h"

namespace acinus::test {

namespace {

constexpr int64_t kMiB = int64_t{1} << 20;

// An operation allocates so many bytes or, below 0, frees what operation −1 − k allocated.
using Operations = std::vector<int64_t>;

constexpr int64_t freeing(int64_t operation) { return -1 - operation; }

struct Block {
  c10::DataPtr memory;
  int64_t bytes = 0;
  uint8_t pattern = 0;

  bool intact() const {
    const auto* data = static_cast<const uint8_t*>(memory.get());
    return std::all_of(data, data + bytes, [this](uint8_t byte) { return byte == pattern; });
  }
};

class Exercise {
 public:
  // Whether every block was aligned to 64 bytes and kept what was written to it. Blocks that are not freed stay alive.
  void run(const Operations& operations, int64_t number = 0) {
    blocks_.resize(operations.size());
    for (size_t i = 0; i < blocks_.size(); ++i) {
      if (operations[i] < 0) {
        Block& block = blocks_[static_cast<size_t>(-1 - operations[i])];
        intact = intact && block.intact();
        block = {};
        continue;
      }
      Block& block = blocks_[i];
      block = {c10::GetCPUAllocator()->allocate(static_cast<size_t>(operations[i])), operations[i],
               static_cast<uint8_t>(static_cast<int64_t>(i) * 37 + number * 101 + 1)};
      std::fill_n(static_cast<uint8_t*>(block.memory.get()), block.bytes, block.pattern);
      aligned = aligned && reinterpret_cast<uintptr_t>(block.memory.get()) % 64 == 0;
    }
    for (const Block& block : blocks_) intact = intact && block.intact();
  }
  bool aligned = true, intact = true;

 private:
  std::vector<Block> blocks_;
};

struct Outcome {
  bool sound;
  MemoryStats at_end;  // before what is left is freed
};

// On so many threads at once.
Outcome exercise(const Operations& operations, int64_t threads = 1) {
  std::vector<Exercise> exercises(static_cast<size_t>(threads));
  std::vector<std::thread> others;
  for (int64_t i = 1; i < threads; ++i) others.emplace_back([&, i] { exercises[i].run(operations, i); });
  exercises[0].run(operations);
  for (auto& thread : others) thread.join();
  const bool sound =
      std::all_of(exercises.begin(), exercises.end(), [](const Exercise& one) { return one.aligned && one.intact; });
  return {sound, cpu_memory()};  // what other threads made is freed by this one
}

// Sizes of all orders of magnitude, and frees in no order; at the end at most 41 blocks are alive.
Operations randomly(int64_t count, uint32_t seed) {
  std::mt19937 generator(seed);
  const auto uniform = [&] { return std::generate_canonical<double, 32>(generator); };
  Operations out;
  std::vector<int64_t> alive;
  for (int64_t i = 0; i < count; ++i) {
    if (!alive.empty() && (uniform() < 0.45 || alive.size() > 40)) {
      const auto chosen = alive.begin() + static_cast<int64_t>(uniform() * static_cast<double>(alive.size()));
      out.push_back(freeing(*chosen));
      alive.erase(chosen);
    } else {
      alive.push_back(i);
      out.push_back(uniform() < 0.05 ? 0 : static_cast<int64_t>(std::exp2(23 * uniform())));
    }
  }
  return out;
}

struct Reckoned {
  int64_t alive = 0, most = 0;
};

// Bytes alive at the end, and the most that ever were.
Reckoned reckoned(const Operations& operations) {
  Reckoned out;
  for (const int64_t operation : operations) {
    out.alive += operation >= 0 ? operation : -operations[static_cast<size_t>(-1 - operation)];
    out.most = std::max(out.most, out.alive);
  }
  return out;
}

// A small block may take up to an eighth more for its size class, a large one 64 KiB of another's rest; and each its header.
void require_size(int64_t bytes, int64_t blocks, int64_t found) {
  REQUIRE(found >= bytes);
  REQUIRE(static_cast<double>(found) <= static_cast<double>(bytes) * 1.125 + static_cast<double>((128 + 65'536) * blocks));
}

int64_t kilobytes_of(const char* file, const std::string& key) {
  std::ifstream status(file);
  for (std::string word; status >> word;) {
    int64_t value = 0;
    if (word == key && status >> value) return value;
  }
  return 0;
}

int64_t resident() { return 1024 * kilobytes_of("/proc/self/status", "VmRSS:"); }

}  // namespace

TEST_CASE("the allocator of tensors aligns every block and keeps what was written to it") {
  for (const uint32_t seed : {1, 2, 3, 4, 5}) {
    CAPTURE(seed);
    release_cached_memory();
    const Operations operations = randomly(400, seed);
    const MemoryStats before = cpu_memory();
    const auto [sound, at_end] = exercise(operations);
    REQUIRE(sound);
    require_size(reckoned(operations).alive, 41, at_end.current - before.current);
    REQUIRE(at_end.peak >= before.current + reckoned(operations).most);
    REQUIRE(cpu_memory().current == before.current);
  }
}

TEST_CASE("the allocator of tensors gives the smallest and the awkward sizes too") {
  REQUIRE(exercise({0, 1, 63, 64, 65, 4095, 4096, 65'535, 65'536, 65'537, kMiB - 65, kMiB - 64, kMiB - 63, kMiB, kMiB + 1,
                    4 * kMiB + 1})
              .sound);
}

TEST_CASE("the allocator of tensors serves a freed block again, without taking more from the system") {
  release_cached_memory();
  const MemoryStats before = cpu_memory();
  Operations cycles;
  for (int64_t i = 0; i < 50; ++i) cycles.insert(cycles.end(), {3 * kMiB, freeing(2 * i)});
  const MemoryStats at_end = exercise(cycles).at_end;
  REQUIRE(at_end.current == before.current);
  require_size(3 * kMiB, 1, at_end.cached - before.cached);
}

TEST_CASE("the allocator of tensors joins neighbours that are free and splits what is too large") {
  release_cached_memory();
  const MemoryStats before = cpu_memory();
  const auto held = [&](const Operations& operations) {
    const MemoryStats at_end = exercise(operations).at_end;
    return at_end.current + at_end.cached - before.current - before.cached;
  };
  Operations joined;
  for (const int64_t size : {5, 7, 11, 13, 17}) joined.push_back(size * kMiB);
  for (const int64_t block : {0, 2, 4, 1, 3}) joined.push_back(freeing(block));
  joined.push_back(53 * kMiB);
  require_size(53 * kMiB, 5, held(joined));
  require_size(53 * kMiB - 53 * 64, 5, held(Operations(53, kMiB - 64)));
}

TEST_CASE("the allocator of tensors takes little more than the most that was ever alive, whatever the order of the sizes") {
  release_cached_memory();
  Operations operations = randomly(4000, 9);
  for (int64_t& operation : operations) operation += operation > 0 ? 65'536 : 0;
  const MemoryStats before = cpu_memory();
  const auto [sound, at_end] = exercise(operations);
  REQUIRE(sound);
  REQUIRE(static_cast<double>(at_end.cached + at_end.current - before.current) <
          1.25 * static_cast<double>(reckoned(operations).most));
}

TEST_CASE("the allocator of tensors knows the most that was ever alive, and keeps it after the blocks are gone") {
  const int64_t size = 2 * cpu_memory().peak + 8 * kMiB;
  const MemoryStats at_end = exercise({size, freeing(0), size / 2}).at_end;
  require_size(size, 1, at_end.peak - cpu_memory().current);
  REQUIRE(cpu_memory().peak == at_end.peak);
}

TEST_CASE("the allocator of tensors gives what it keeps back when asked, to the system too") {
  release_cached_memory();
  constexpr int64_t kSize = 200 * kMiB;
  exercise({8 * kMiB, 16 * kMiB, 100'000, kSize});
  const MemoryStats kept = cpu_memory();
  REQUIRE(kept.cached >= kSize);
  const int64_t held = resident();
  release_cached_memory();
  const MemoryStats after = cpu_memory();
  REQUIRE(after.cached == 0);
  REQUIRE(after.current == kept.current);
  REQUIRE(after.peak == kept.peak);
  REQUIRE(static_cast<double>(held - resident()) > 0.9 * static_cast<double>(kSize));
}

TEST_CASE("the allocator of tensors keeps no more than half as much again as was ever alive") {
  Operations operations;  // ever other sizes, one block at a time: nothing fits again
  for (int64_t i = 0; i < 30; ++i) operations.insert(operations.end(), {10 * kMiB + i * 5 * kMiB, freeing(2 * i)});
  exercise(operations);
  const MemoryStats after = cpu_memory();
  REQUIRE(after.cached <= std::max(after.peak + after.peak / 2, 256 * kMiB));
}

TEST_CASE("the allocator of tensors serves several threads at once, and frees on one what another made") {
  for (const int64_t threads : {2, 4}) {
    CAPTURE(threads);
    const MemoryStats before = cpu_memory();
    const Operations operations = randomly(300, static_cast<uint32_t>(10 + threads));
    const auto [sound, at_end] = exercise(operations, threads);
    REQUIRE(sound);
    require_size(threads * reckoned(operations).alive, 41 * threads, at_end.current - before.current);
    REQUIRE(cpu_memory().current == before.current);
  }
}

TEST_CASE("the peak of a stretch of work is that of its own thread, whatever its neighbours take and measure") {
  exercise({300 * kMiB});
  const int64_t most = cpu_memory().peak;
  const auto allocate = [](int64_t bytes) { return c10::GetCPUAllocator()->allocate(static_cast<size_t>(bytes)); };
  c10::DataPtr earlier = allocate(32 * kMiB);
  const PeakMemory own;
  REQUIRE(own.bytes() == 0);
  c10::DataPtr block = allocate(8 * kMiB);
  int64_t neighbours = 0;
  std::thread([&] {
    const PeakMemory other;
    const c10::DataPtr large = allocate(64 * kMiB);
    block = {};    // freed by another thread than took it
    earlier = {};  // of nobody's stretch
    neighbours = other.bytes();
  }).join();
  require_size(64 * kMiB, 1, neighbours);
  const c10::DataPtr next = allocate(4 * kMiB);
  require_size(8 * kMiB, 1, own.bytes());
  const c10::DataPtr beside = allocate(6 * kMiB);
  require_size(10 * kMiB, 2, own.bytes());
  REQUIRE(cpu_memory().peak == most);
}

// Hidden: run by a test of test/native in a process whose address space `ulimit -v` limits to 32 GiB.
TEST_CASE("the allocator of tensors reserves an eighth of a limited address space at a time", "[.][limited]") {
  constexpr int64_t kLimit = int64_t{32} << 30;
  const auto size = [] { return 1024 * kilobytes_of("/proc/self/status", "VmSize:"); };
  const int64_t before = size();
  REQUIRE(before > 0);
  REQUIRE(exercise({300 * kMiB, 500 * kMiB, freeing(0), 250 * kMiB, 600 * kMiB}).sound);
  const int64_t grown = size() - before;
  REQUIRE(grown > 1100 * kMiB);
  REQUIRE(grown < kLimit / 8 + 256 * kMiB);
}

TEST_CASE("the allocator of tensors refuses more than there can be, and works on") {
  REQUIRE_THROWS_WITH(c10::GetCPUAllocator()->allocate(size_t{1} << 62), Catch::Matchers::ContainsSubstring("memory"));
  REQUIRE(exercise({kMiB}).sound);
}

}  // namespace acinus::test
