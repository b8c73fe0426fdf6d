// Runs CUDA C++ on the host, for tests: what a kernel's source needs of CUDA, as ordinary C++. Blocks run one after another;
// the threads of a block are fibers that take turns at barriers and warp operations. Every access to global and shared memory
// is checked. It is slow, and says nothing about speed.
#pragma once

#include <math.h>  // the names without std, as in a kernel

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

namespace acinus::shim {

struct Dim3 {
  unsigned x, y, z;
  constexpr Dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
  constexpr unsigned count() const { return x * y * z; }
};

// In which order blocks, and the threads of a block, are run. Shuffled threads also take turns between their memory accesses.
enum class Order { kAscending, kDescending, kShuffled };

// The one test of kernels that is under way. Only memory that it knows may be touched by a kernel.
class Session {
 public:
  explicit Session(Order order, uint64_t seed = 1);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void know(const void* begin, size_t bytes, const std::string& name);
  // Sentences, each once.
  const std::vector<std::string>& problems() const;
};

// Where the fiber that runs stands in its grid.
struct Position {
  Dim3 thread, block, block_size, grid_size;
};
const Position& position();

void run(Dim3 grid, Dim3 block, const std::function<void()>& body);
void wait_for_block();
// What each lane of the warp gave.
std::array<uint64_t, 32> exchange(unsigned mask, uint64_t bits);
int lane();
// Whether it may be read or written; otherwise this is a problem of the session.
bool accessible(const void* address, size_t bytes, size_t alignment, bool writes);

// Memory of one name in one block. Each element knows who wrote and read it since the last barrier.
struct SharedMemory {
  struct Element {
    bool written = false;
    int64_t write_epoch = -1, read_epoch = -1;
    int writer = -1, reader = -1;
    bool many_readers = false;
  };
  std::string name;
  std::vector<char> bytes;
  std::vector<Element> elements;
};
SharedMemory& shared_memory(const void* place, const char* name, size_t count, size_t size);
bool shared_access(SharedMemory& memory, int64_t index, bool writes);

template <class T>
class Shared {
 public:
  Shared(const void* place, const char* name, size_t count) : memory_(shared_memory(place, name, count, sizeof(T))) {}

  class Element {
   public:
    Element(SharedMemory& memory, int64_t index) : memory_(memory), index_(index) {}
    operator T() const {
      T value{};
      if (shared_access(memory_, index_, false)) std::memcpy(&value, memory_.bytes.data() + index_ * sizeof(T), sizeof(T));
      return value;
    }
    const Element& operator=(T value) const {
      if (shared_access(memory_, index_, true)) std::memcpy(memory_.bytes.data() + index_ * sizeof(T), &value, sizeof(T));
      return *this;
    }
    const Element& operator=(const Element& other) const { return *this = static_cast<T>(other); }
    const Element& operator+=(T value) const { return *this = static_cast<T>(*this) + value; }

   private:
    SharedMemory& memory_;
    int64_t index_;
  };
  Element operator[](int64_t index) const { return {memory_, index}; }

 private:
  SharedMemory& memory_;
};

// A pointer of a kernel to global memory.
template <class T>
class Global {
 public:
  using Value = std::remove_const_t<T>;
  Global(T* pointer = nullptr) : pointer_(pointer) {}

  class Element {
   public:
    explicit Element(T* address) : address_(address) {}
    operator Value() const {
      Value value{};
      if (accessible(address_, sizeof(T), alignof(T), false)) std::memcpy(&value, address_, sizeof(T));
      return value;
    }
    const Element& operator=(Value value) const {
      if (accessible(address_, sizeof(T), alignof(T), true)) std::memcpy(address_, &value, sizeof(T));
      return *this;
    }
    const Element& operator=(const Element& other) const { return *this = static_cast<Value>(other); }
    const Element& operator+=(Value value) const { return *this = static_cast<Value>(*this) + value; }

   private:
    T* address_;
  };
  Element operator[](int64_t index) const { return Element(pointer_ + index); }
  Global operator+(int64_t count) const { return pointer_ + count; }
  explicit operator bool() const { return pointer_ != nullptr; }
  T* get() const { return pointer_; }

 private:
  T* pointer_;
};

template <class P, class T>
P load_as(Global<T> from, int64_t index) {
  P pack{};
  if (accessible(from.get() + index, sizeof(P), alignof(P), false)) std::memcpy(&pack, from.get() + index, sizeof(P));
  return pack;
}
template <class P, class T>
void store_as(Global<T> to, int64_t index, const P& pack) {
  if (accessible(to.get() + index, sizeof(P), alignof(P), true)) std::memcpy(to.get() + index, &pack, sizeof(P));
}

template <class T>
T shuffled(unsigned mask, T value, int from) {
  uint64_t bits = 0;
  static_assert(sizeof(T) <= sizeof(bits));
  std::memcpy(&bits, &value, sizeof(T));
  const auto all = exchange(mask, bits);
  if (from >= 0 && from < 32) std::memcpy(&value, &all[from], sizeof(T));
  return value;
}

template <class... Parameters, class... Arguments>
int launch(void (*kernel)(Parameters...), Dim3 grid, Dim3 block, void*, Arguments... arguments) {
  run(grid, block, [=] { kernel(arguments...); });
  return 0;
}

}  // namespace acinus::shim

// CUDA's own names.

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define threadIdx (::acinus::shim::position().thread)
#define blockIdx (::acinus::shim::position().block)
#define blockDim (::acinus::shim::position().block_size)
#define gridDim (::acinus::shim::position().grid_size)
#define ACINUS_SHARED(type, name, count) \
  static const char name##_place = 0;    \
  const ::acinus::shim::Shared<type> name(&name##_place, #name, count)

using dim3 = acinus::shim::Dim3;

inline void __syncthreads() { acinus::shim::wait_for_block(); }
inline void __syncwarp(unsigned mask = ~0U) { acinus::shim::exchange(mask, 0); }
template <class T>
T __shfl_sync(unsigned mask, T value, int from) {
  return acinus::shim::shuffled(mask, value, from);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, int by) {
  return acinus::shim::shuffled(mask, value, acinus::shim::lane() + by);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int by) {
  return acinus::shim::shuffled(mask, value, acinus::shim::lane() ^ by);
}
inline unsigned __ballot_sync(unsigned mask, int vote) {
  const auto votes = acinus::shim::exchange(mask, vote != 0);
  unsigned out = 0;
  for (int i = 0; i < 32; ++i) out |= static_cast<unsigned>(votes[i] & (mask >> i) & 1) << i;
  return out;
}
inline bool __any_sync(unsigned mask, int vote) { return __ballot_sync(mask, vote) != 0; }
inline bool __all_sync(unsigned mask, int vote) { return __ballot_sync(mask, !vote) == 0; }

// No other fiber runs between its reading and its writing.
template <class T>
T atomicAdd(T* address, T value) {
  T before{};
  if (!acinus::shim::accessible(address, sizeof(T), alignof(T), true)) return before;
  before = *address;
  *address = before + value;
  return before;
}

inline float __fdividef(float a, float b) { return a / b; }

// The 16-bit types, by their bits, rounded to the nearest even.
struct __nv_bfloat16 {
  uint16_t bits;
};
struct __half {
  uint16_t bits;
};
float __bfloat162float(__nv_bfloat16 x);
__nv_bfloat16 __float2bfloat16_rn(float x);
float __half2float(__half x);
__half __float2half_rn(float x);
