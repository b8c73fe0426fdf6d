#include "test/cuda/shim.h"

#include <ucontext.h>

#include <algorithm>
#include <bit>
#include <map>
#include <memory>
#include <numeric>
#include <random>

namespace acinus::shim {

namespace {

constexpr size_t kStack = size_t{1} << 16;

enum class State { kReady, kAtBarrier, kAtWarp, kDone };

struct Fiber {
  ucontext_t context{};
  std::unique_ptr<char[]> stack = std::make_unique<char[]>(kStack);
  Position position;
  State state = State::kReady;
  unsigned mask = 0;
  uint64_t given = 0;
  std::array<uint64_t, 32> received{};
};

struct Buffer {
  const char* begin;
  size_t bytes;
  std::string name;
};

struct World {
  Order order;
  std::mt19937_64 random;
  std::vector<Buffer> buffers;
  std::vector<std::string> problems;
  std::vector<std::unique_ptr<Fiber>> fibers;
  std::map<const void*, SharedMemory> shared;
  const std::function<void()>* body = nullptr;
  ucontext_t scheduler{};
  int current = 0;
  int threads = 0;
  int64_t epoch = 0;
};

World* world = nullptr;  // of the session

std::string where() {
  const Position& at = position();
  const auto text = [](Dim3 i) { return std::to_string(i.x) + "," + std::to_string(i.y) + "," + std::to_string(i.z); };
  return " (thread " + text(at.thread) + " of block " + text(at.block) + ")";
}

// `kind` tells problems apart, so that each is reported at its first place.
void report(const std::string& kind, const std::string& details) {
  const auto known = [&](const std::string& text) { return text.starts_with(kind); };
  if (std::none_of(world->problems.begin(), world->problems.end(), known)) world->problems.push_back(kind + details);
}

void give_way(State state) {
  Fiber& fiber = *world->fibers[world->current];
  fiber.state = state;
  swapcontext(&fiber.context, &world->scheduler);
}

// Now and then another fiber runs between two accesses.
void take_turns() {
  if (world->order == Order::kShuffled && world->random() % 8 == 0) give_way(State::kReady);
}

void start() {
  (*world->body)();
  world->fibers[world->current]->state = State::kDone;
}

void prepare(Dim3 grid, Dim3 block, Dim3 index) {
  for (int i = 0; i < world->threads; ++i) {
    Fiber& fiber = *world->fibers[i];
    const auto flat = static_cast<unsigned>(i);
    fiber.position = {{flat % block.x, flat / block.x % block.y, flat / (block.x * block.y)}, index, block, grid};
    fiber.state = State::kReady;
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = kStack;
    fiber.context.uc_link = &world->scheduler;
    makecontext(&fiber.context, start, 0);
  }
}

int count_of(State state) {
  const auto is = [&](int sum, int i) { return sum + (world->fibers[i]->state == state ? 1 : 0); };
  std::vector<int> all(world->threads);
  std::iota(all.begin(), all.end(), 0);
  return std::accumulate(all.begin(), all.end(), 0, is);
}

// Lets the warps go on whose lanes, all that the mask names, have come.
bool release_warps() {
  bool released = false;
  for (int first = 0; first < world->threads; first += 32) {
    const int lanes = std::min(32, world->threads - first);
    for (int i = 0; i < lanes; ++i) {
      const Fiber& one = *world->fibers[first + i];
      if (one.state != State::kAtWarp) continue;
      const unsigned mask = one.mask;
      const auto has_come = [&](int k) {
        const Fiber& other = *world->fibers[first + k];
        return (mask >> k & 1) == 0 || (other.state == State::kAtWarp && other.mask == mask);
      };
      bool all = true;
      for (int k = 0; k < lanes; ++k) all = all && has_come(k);
      if (!all) continue;
      std::array<uint64_t, 32> given{};
      for (int k = 0; k < lanes; ++k) given[k] = world->fibers[first + k]->given;
      for (int k = 0; k < lanes; ++k) {
        if ((mask >> k & 1) == 0) continue;
        world->fibers[first + k]->received = given;
        world->fibers[first + k]->state = State::kReady;
      }
      released = true;
    }
  }
  return released;
}

bool release_block() {
  const int waiting = count_of(State::kAtBarrier), done = count_of(State::kDone);
  if (waiting == 0 || waiting + done != world->threads) return false;
  if (done > 0) report("Some threads have ended where others wait at __syncthreads", "");
  for (int i = 0; i < world->threads; ++i) {
    if (world->fibers[i]->state == State::kAtBarrier) world->fibers[i]->state = State::kReady;
  }
  ++world->epoch;
  return true;
}

std::vector<int> ordered(int count) {
  std::vector<int> all(count);
  std::iota(all.begin(), all.end(), 0);
  if (world->order == Order::kDescending) std::reverse(all.begin(), all.end());
  if (world->order == Order::kShuffled) std::shuffle(all.begin(), all.end(), world->random);
  return all;
}

void run_block() {
  world->shared.clear();
  ++world->epoch;
  while (count_of(State::kDone) < world->threads) {
    bool moved = false;
    for (const int i : ordered(world->threads)) {
      if (world->fibers[i]->state != State::kReady) continue;
      world->current = i;
      swapcontext(&world->scheduler, &world->fibers[i]->context);
      moved = true;
    }
    const bool warps = release_warps(), block = release_block();
    if (moved || warps || block) continue;
    report("Threads wait at different barriers for ever", where());
    return;
  }
}

}  // namespace

Session::Session(Order order, uint64_t seed) {
  world = new World{.order = order,
                    .random = std::mt19937_64(seed),
                    .buffers = {},
                    .problems = {},
                    .fibers = {},
                    .shared = {},
                    .body = nullptr};
}

Session::~Session() {
  delete world;
  world = nullptr;
}

void Session::know(const void* begin, size_t bytes, const std::string& name) {
  world->buffers.push_back({static_cast<const char*>(begin), bytes, name});
}

const std::vector<std::string>& Session::problems() const { return world->problems; }

const Position& position() { return world->fibers[world->current]->position; }

int lane() { return world->current % 32; }

void run(Dim3 grid, Dim3 block, const std::function<void()>& body) {
  if (block.count() == 0 || block.count() > 1024 || grid.count() == 0) {
    report("A launch has an empty grid or a block of no or more than 1024 threads", "");
    return;
  }
  world->body = &body;
  world->threads = static_cast<int>(block.count());
  while (world->fibers.size() < block.count()) world->fibers.push_back(std::make_unique<Fiber>());
  for (const int i : ordered(static_cast<int>(grid.count()))) {
    const auto flat = static_cast<unsigned>(i);
    prepare(grid, block, {flat % grid.x, flat / grid.x % grid.y, flat / (grid.x * grid.y)});
    run_block();
  }
}

void wait_for_block() { give_way(State::kAtBarrier); }

std::array<uint64_t, 32> exchange(unsigned mask, uint64_t bits) {
  Fiber& fiber = *world->fibers[world->current];
  fiber.mask = mask;
  fiber.given = bits;
  if ((mask >> lane() & 1) == 0) report("A lane calls a warp operation whose mask leaves it out", where());
  give_way(State::kAtWarp);
  return fiber.received;
}

bool accessible(const void* address, size_t bytes, size_t alignment, bool writes) {
  take_turns();
  const auto* begin = static_cast<const char*>(address);
  const std::string kind = writes ? "A write" : "A read";
  for (const Buffer& buffer : world->buffers) {
    if (begin < buffer.begin || begin + bytes > buffer.begin + buffer.bytes) continue;
    if (std::bit_cast<uintptr_t>(address) % alignment == 0) return true;
    report(kind + " of " + buffer.name + " is not aligned", where());
    return false;
  }
  // The buffer that the address is nearest to.
  const Buffer* nearest = nullptr;
  const auto distance = [&](const Buffer& buffer) {
    return begin < buffer.begin ? buffer.begin - begin : begin - (buffer.begin + buffer.bytes);
  };
  for (const Buffer& buffer : world->buffers) {
    if (!nearest || distance(buffer) < distance(*nearest)) nearest = &buffer;
  }
  report(kind + " is outside of " + (nearest ? nearest->name : "all memory"),
         nearest ? ", at byte " + std::to_string(begin - nearest->begin) + " of " + std::to_string(nearest->bytes) + where()
                 : where());
  return false;
}

SharedMemory& shared_memory(const void* place, const char* name, size_t count, size_t size) {
  SharedMemory& memory = world->shared[place];
  if (memory.elements.empty()) {
    memory.name = name;
    memory.bytes.resize(count * size);
    memory.elements.resize(count);
  }
  return memory;
}

bool shared_access(SharedMemory& memory, int64_t index, bool writes) {
  take_turns();
  if (index < 0 || index >= static_cast<int64_t>(memory.elements.size())) {
    report("Shared memory " + memory.name + " is accessed outside", ", at element " + std::to_string(index) + where());
    return false;
  }
  auto& element = memory.elements[index];
  const int thread = world->current;
  const int64_t now = world->epoch;
  const std::string race = "A race: shared memory " + memory.name + " is written and used by two threads without a barrier";
  if (element.write_epoch == now && element.writer != thread) report(race, " between them" + where());
  if (writes) {
    const bool read = element.read_epoch == now && (element.many_readers || element.reader != thread);
    if (read) report(race, " between them" + where());
    element.written = true;
    element.write_epoch = now;
    element.writer = thread;
    return true;
  }
  if (!element.written) report("Shared memory " + memory.name + " is read before it is written", where());
  element.many_readers = element.read_epoch == now && (element.many_readers || element.reader != thread);
  element.read_epoch = now;
  element.reader = thread;
  return true;
}

}  // namespace acinus::shim

float __bfloat162float(__nv_bfloat16 x) { return std::bit_cast<float>(static_cast<uint32_t>(x.bits) << 16); }

__nv_bfloat16 __float2bfloat16_rn(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  if (x != x) return {0x7fff};
  return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
}

float __half2float(__half x) {
  const uint32_t sign = static_cast<uint32_t>(x.bits & 0x8000) << 16, rest = x.bits & 0x7fff;
  if (rest >= 0x7c00) return std::bit_cast<float>(sign | 0x7f800000 | rest << 13);
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(std::bit_cast<float>(rest << 13) * 0x1p112F));
}

__half __float2half_rn(float x) {
  const auto sign = static_cast<uint16_t>(std::bit_cast<uint32_t>(x) >> 16 & 0x8000);
  const float size = fabsf(x);
  if (x != x) return {0x7fff};
  if (size >= 65520) return {static_cast<uint16_t>(sign | 0x7c00)};
  // Adding a number whose last bit counts what a half's last bit does rounds as a half does.
  if (size < 0x1p-14F) {
    return {static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(size + 0.5F) - std::bit_cast<uint32_t>(0.5F)))};
  }
  const auto bits = std::bit_cast<uint32_t>(size);
  return {static_cast<uint16_t>(sign | ((bits - (112U << 23) + 0xfff + (bits >> 13 & 1)) >> 13))};
}
