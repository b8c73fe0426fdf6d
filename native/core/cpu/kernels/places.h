// Coordinates of pixels, a vector of them at once.
#pragma once

#include "core/cpu/kernels/simd.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

inline Vec as_floats(IntVec x) { return __builtin_convertvector(x, Vec); }
inline IntVec truncated(Vec x) { return __builtin_convertvector(x, IntVec); }

// A coordinate on an axis of `size` pixels, mirrored about the first and the last as often as needed.
inline Vec mirrored(Vec coordinate, int64_t size) {
  const float last = static_cast<float>(size - 1);
  if (size == 1) return Vec{};
  const Vec distance = larger(coordinate, -coordinate);
  const Vec turns = as_floats(truncated(distance * (0.5F / last)));
  const Vec phase = distance - turns * (2 * last);
  return larger(smaller(smaller(phase, 2 * last - phase), splat(last)), Vec{});
}

// Half of a step is rounded to the even neighbour.
inline Vec rounded(Vec x) {
  const Vec magic = splat(12582912.0F);  // 1.5 · 2²³
  return (x + magic) - magic;
}

// 0, 1, 2, …
inline Vec lane_numbers() {
  Vec lane;
  for (int i = 0; i < kLanes; ++i) lane[i] = static_cast<float>(i);
  return lane;
}

}  // namespace
}  // namespace acinus::cpu::ACINUS_ISA
