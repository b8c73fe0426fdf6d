// Philox 4x32-10 (Salmon et al. 2011, Random123 `philox.h`): its constants, and where a stream of its words stands.
#pragma once

#include <cstdint>

namespace acinus::cpu {

constexpr uint32_t kPhiloxMultiplier0 = 0xD2511F53, kPhiloxMultiplier1 = 0xCD9E8D57;
constexpr uint32_t kPhiloxWeyl0 = 0x9E3779B9, kPhiloxWeyl1 = 0xBB67AE85;
constexpr int kPhiloxRounds = 10;

// The blocks of the counters (position, index), (position + 1, index), …, each half of 64 bits, lower word first.
struct PhiloxStream {
  uint32_t key[2];
  uint64_t position, index;
};

}  // namespace acinus::cpu
