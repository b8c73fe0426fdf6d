// BatchNorm together with what follows it. Each pass reads each activation once.
#pragma once

#include "core/cpu/kernels/simd.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

constexpr int kTogether = 4;  // pixels that share the loads of what belongs to a channel
// How many pixels ahead the channels of a pixel are prefetched.
// Neighbouring pixels lie too far apart for the processor to see a pattern.
constexpr int kAhead = 16;

// body.template operator()<N>(first pixel) for groups of kTogether pixels, then one by one.
template <class Body>
inline void for_pixels(int64_t pixels, Body body) {
  int64_t p = 0;
  for (; p + kTogether <= pixels; p += kTogether) body.template operator()<kTogether>(p);
  for (; p < pixels; ++p) body.template operator()<1>(p);
}

// act′(z)
template <class T, Activation kAct>
inline Vec slope(Vec z) {
  if constexpr (kAct == kIdentity) return splat(1.0F);
  if constexpr (kAct == kRelu) return z > 0 ? splat(1.0F) : Vec{};
  const Vec s = sigmoid<T>(z);
  return s * (1.0F + z * (1.0F - s));
}

template <class T, Activation kAct>
inline Vec activated(Vec z) {
  if constexpr (kAct == kIdentity) return z;
  if constexpr (kAct == kRelu) return z <= 0 ? Vec{} : z;  // NaN stays NaN
  return silu<T>(z);
}

}  // namespace
}  // namespace acinus::cpu::ACINUS_ISA
