// Counter-based randomness (Philox 4x32-10, Salmon et al. 2011): a draw depends on what it is for, never on the order of
// threads.
#pragma once

#include <array>
#include <cstdint>

namespace acinus {

// What a stream of random numbers is for. No file holds these values, but reproducibility depends on them: never reorder.
enum class Purpose : uint32_t {
  kSampler = 1,
  kAugment = 2,
  kElastic = 3,
  kDropConnect = 4,
  kInit = 5,
  kBootstrap = 6,
  kCrop = 7,
  kSplit = 8,
  kDropout = 9
};

// An independent stream for every (seed, purpose, epoch, index).
class RandomStream {
 public:
  RandomStream(uint64_t seed, Purpose purpose, uint64_t epoch = 0, uint64_t index = 0);

  uint32_t next_u32() {
    if (used_ == 4) refill();
    return block_[used_++];
  }
  double uniform();                                                                 // [0, 1), 53 bits
  float uniform_float() { return static_cast<float>(next_u32() >> 8) * 0x1p-24F; }  // [0, 1), 24 bits
  double uniform(double low, double high);                                          // [low, high)
  uint64_t below(uint64_t bound);                                                   // unbiased, [0, bound)
  bool chance(double probability) { return uniform() < probability; }
  void skip(uint64_t words);  // skips this many draws of next_u32

  const std::array<uint32_t, 2>& key() const { return key_; }
  int64_t index() const { return static_cast<int64_t>((uint64_t{counter_[3]} << 32) | counter_[2]); }

 private:
  void refill();

  std::array<uint32_t, 2> key_;
  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 4> block_{};
  int used_ = 4;
};

// The raw function, for tests against the published vectors.
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

}  // namespace acinus
