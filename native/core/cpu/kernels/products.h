// Products of matrices with few rows, as convolutions of prepared weights need them: the sums stay in registers.
#pragma once

#include "core/cpu/kernels/norm.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

// Rows that are multiplied together: their sums, for two vectors of outputs each, fill the registers.
#if defined(__AVX512F__)
constexpr int kRows = 12;
#else
constexpr int kRows = 6;
#endif
constexpr int kVectors = 2;
static_assert(kBlockRows % kRows == 0);

// So many vectors hold all channels.
inline int64_t runs_of(int64_t channels) { return (channels + kLanes - 1) / kLanes; }

// Where output channel o begins in weights [⌈outputs / kPanel⌉][channels][kPanel].
inline const float* outputs_at(const float* weight, int64_t channels, int64_t o) {
  return weight + o / kPanel * channels * kPanel + o % kPanel;
}

// sums[row][v] = Σ_c in[row][c] · weight[c][v]. Rows lie as [runs of channels][rows, `step` floats from run to run][kLanes],
// vector v of the weights `weight_step` floats behind the one before.
template <int V>
inline void multiply(const float* in, int64_t step, int64_t channels, const float* weight, int64_t weight_step,
                     Vec (*sums)[V]) {
  Vec total[kRows][V] = {};
  for (int64_t c = 0; c < channels; c += kLanes) {
    const int lanes = channels - c < kLanes ? static_cast<int>(channels - c) : kLanes;
    for (int lane = 0; lane < lanes; ++lane) {
      Vec w[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) w[v] = load(weight + v * weight_step);
#pragma GCC unroll 12
      for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) total[row][v] += in[row * kLanes + lane] * w[v];
      }
      weight += kPanel;
    }
    in += step;
  }
  for (int row = 0; row < kRows; ++row) {
    for (int v = 0; v < V; ++v) sums[row][v] = total[row][v];
  }
}

// body.template operator()<V>(first output channel) for outputs [begin, outputs), V vectors at a time.
template <class Body>
inline void for_outputs(int64_t begin, int64_t outputs, Body body) {
  int64_t o = begin;
  for (; o + kLanes < outputs; o += kVectors * kLanes) body.template operator()<kVectors>(o);
  if (o < outputs) body.template operator()<1>(o);
}

// body(Whole or Remainder) for the vector of outputs at o; nothing behind the last.
template <class Body>
inline void for_vector(int64_t outputs, int64_t o, Body body) {
  if (o + kLanes <= outputs) {
    body(Whole{});
  } else if (o < outputs) {
    body(Remainder{static_cast<int>(outputs - o)});
  }
}

}  // namespace
}  // namespace acinus::cpu::ACINUS_ISA
