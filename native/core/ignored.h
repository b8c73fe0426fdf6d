// Pixels that count neither in the loss nor in scores.
#pragma once

#include <cstdint>

namespace acinus {

// In a mask: 0 background, 1 cell, this: not to be counted.
constexpr uint8_t kIgnored = 2;

}  // namespace acinus
