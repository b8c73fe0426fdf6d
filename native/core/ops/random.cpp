#include "core/ops/random.h"

#include "core/cpu/philox.h"
#include "core/error.h"

namespace acinus {

namespace {

constexpr uint32_t low(uint64_t value) { return static_cast<uint32_t>(value); }
constexpr uint32_t high(uint64_t value) { return static_cast<uint32_t>(value >> 32); }

}  // namespace

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < cpu::kPhiloxRounds; ++round) {
    const uint64_t product0 = uint64_t{cpu::kPhiloxMultiplier0} * counter[0];
    const uint64_t product1 = uint64_t{cpu::kPhiloxMultiplier1} * counter[2];
    counter = {high(product1) ^ counter[1] ^ key[0], low(product1), high(product0) ^ counter[3] ^ key[1], low(product0)};
    key[0] += cpu::kPhiloxWeyl0;
    key[1] += cpu::kPhiloxWeyl1;
  }
  return counter;
}

// Seed, purpose, epoch and index are more bits than one counter holds beside the position in the stream. So (seed, purpose,
// epoch) is hashed to a key by Philox itself, and the counter is (position, index): streams of one epoch never overlap.
RandomStream::RandomStream(uint64_t seed, Purpose purpose, uint64_t epoch, uint64_t index) {
  const auto hashed = philox4x32({low(epoch), high(epoch), static_cast<uint32_t>(purpose), 0}, {low(seed), high(seed)});
  key_ = {hashed[0], hashed[1]};
  counter_ = {0, 0, low(index), high(index)};
}

void RandomStream::refill() {
  block_ = philox4x32(counter_, key_);
  used_ = 0;
  if (++counter_[0] == 0) ++counter_[1];
}

void RandomStream::skip(uint64_t words) {
  for (; words > 0 && used_ < 4; --words) ++used_;
  const uint64_t position = ((uint64_t{counter_[1]} << 32) | counter_[0]) + words / 4;
  counter_[0] = low(position);
  counter_[1] = high(position);
  for (words %= 4; words > 0; --words) next_u32();
}

double RandomStream::uniform() {
  const uint64_t upper = next_u32() >> 5;
  const uint64_t lower = next_u32() >> 6;
  return static_cast<double>((upper << 26) | lower) * 0x1p-53;
}

double RandomStream::uniform(double low, double high) { return low + (high - low) * uniform(); }

uint64_t RandomStream::below(uint64_t bound) {
  if (bound == 0) throw Error("ACINUS_INVALID_ARGUMENT", "A random index below 0 was asked for; the bound must be at least 1.");
  // Values under 2^64 mod bound are refused, so that each remainder is equally likely.
  const uint64_t refused = (0 - bound) % bound;
  for (;;) {
    const uint64_t upper = next_u32();
    const uint64_t value = (upper << 32) | next_u32();
    if (value >= refused) return value % bound;
  }
}

}  // namespace acinus
