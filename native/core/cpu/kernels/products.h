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
static_assert(kBlockRows % kRows == 0 && kRows % 3 == 0);

// Where output channel o begins in weights [⌈outputs / kPanel⌉][channels][kPanel].
inline const float* outputs_at(const float* weight, int64_t channels, int64_t o) {
  return weight + o / kPanel * channels * kPanel + o % kPanel;
}

// Where the rows of a product lie: row by row `row` floats apart, and of a row, kRun channels after kRun channels `run` floats
// apart.
struct RowSteps {
  int64_t row, run;
};

// sums[row · sums_step + v · kLanes + lane] = Σ_c in[row][c] · weight[c][v][lane], for kRows rows; vector v of the weights lies
// `weight_step` floats behind the one before. Loops over sums are unrolled, so that these stay in registers, and the loop over
// channels is not: the compiler would work out addresses beforehand and keep them on the stack. Not inlined for the same
// reason. Each row's next run is asked for while one is multiplied.
template <int V>
[[gnu::noinline]] void multiply(const float* in, RowSteps steps, int64_t channels, const float* weight, int64_t weight_step,
                                float* sums, int64_t sums_step) {
  constexpr int kOfBase = 3, kBases = kRows / kOfBase;  // rows that are addressed from one pointer
  if constexpr (kVectors * kLanes <= kPanel) weight_step = kLanes;
  Vec total[kRows][V];
#pragma GCC unroll 12
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) total[row][v] = Vec{};
  }
  const float* base[kBases];
#pragma GCC unroll 4
  for (int b = 0; b < kBases; ++b) base[b] = in + b * kOfBase * steps.row;
  for (int64_t c = 0; c < channels; c += kRun) {
    const int64_t lanes = channels - c < kRun ? channels - c : kRun;
#pragma GCC unroll 12
    for (int row = 0; row < kRows; ++row) __builtin_prefetch(base[row / kOfBase] + row % kOfBase * steps.row + steps.run);
#pragma GCC unroll 1
    for (int64_t lane = 0; lane < lanes; ++lane) {
      Vec w[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) w[v] = load(weight + v * weight_step);
#pragma GCC unroll 12
      for (int row = 0; row < kRows; ++row) {
        const Vec x = splat(base[row / kOfBase][row % kOfBase * steps.row]);
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) total[row][v] += x * w[v];
      }
      weight += kPanel;
#pragma GCC unroll 4
      for (int b = 0; b < kBases; ++b) ++base[b];
    }
#pragma GCC unroll 4
    for (int b = 0; b < kBases; ++b) base[b] += steps.run - kRun;
  }
#pragma GCC unroll 12
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) store(sums + row * sums_step + v * kLanes, total[row][v]);
  }
}

// [pixels][channels] → [pixels, row apart][channels], times the gate where there is one.
template <class T>
void copy_rows(const T* x, const float* gate, int64_t pixels, int64_t channels, int64_t row, float* out) {
  for_pixels(pixels, [&]<int N>(int64_t p) {
    for_channels(channels, [&](int64_t c, auto at) {
      const Vec factor = gate ? at.get(gate + c) : splat(1.0F);
      for (int i = 0; i < N; ++i) store(out + (p + i) * row + c, factor * at.get(x + (p + i) * channels + c));
    });
  });
}

// A block of pixels as rows of floats: where they lie, as far as they are floats, not gated, and fill groups of kRows; the
// others copied.
template <class T>
struct PixelRows {
  const T* x;
  float* copied;
  int64_t channels, in_place;

  PixelRows(const T* pixels, const float* gate, int64_t count, int64_t of_channels, float* scratch)
      : x(pixels),
        copied(scratch),
        channels(of_channels),
        in_place(sizeof(T) == sizeof(float) && !gate ? count / kRows * kRows : 0) {
    copy_rows(x + in_place * channels, gate, count - in_place, channels, pointwise_row(channels), copied);
  }

  // The sums of kRows pixels from `row` on, [kRows][kVectors][kLanes].
  template <int V>
  void multiply_rows(int64_t row, const float* weight, int64_t weight_step, float* sums) const {
    const int64_t step = pointwise_row(channels);
    RowSteps steps{step, kRun};
    const float* in = copied + (row - in_place) * step;
    if constexpr (sizeof(T) == sizeof(float)) {
      if (row < in_place) {
        steps.row = channels;
        in = x + row * channels;
      }
    }
    multiply<V>(in, steps, channels, weight, weight_step, sums, kVectors * kLanes);
  }
};

// What a weight's gradient is summed up from: `count` rows of x and of vectors y, so many floats apart.
struct Products {
  const float* x;
  int64_t x_step;
  const float* y;
  int64_t y_step;
  int count;
};

// sums[c · sums_step + v · kLanes + lane] += Σ_row x[row][c] · y[row][v][lane], for the first `held` of C channels; the first
// time, they are set.
template <int V, int C>
[[gnu::noinline]] void add_products(Products of, float* sums, int64_t sums_step, int held, bool first) {
  Vec total[C][V];
#pragma GCC unroll 8
  for (int c = 0; c < C; ++c) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) total[c][v] = Vec{};
  }
  for (int row = 0; row < of.count; ++row, of.x += of.x_step, of.y += of.y_step) {
    Vec y[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) y[v] = load(of.y + v * kLanes);
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) {
      const Vec x = splat(of.x[c]);
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) total[c][v] += x * y[v];
    }
  }
#pragma GCC unroll 8
  for (int c = 0; c < C; ++c) {
    if (c >= held) break;
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      float* to = sums + c * sums_step + v * kLanes;
      store(to, first ? total[c][v] : load(to) + total[c][v]);
    }
  }
}

// body.template operator()<C>(c, held) for groups of C channels from c on, of which `held` are there: as many as the registers
// hold sums for, with two vectors each, and none across the end of a run.
template <class Body>
inline void for_channel_groups(int64_t channels, Body body) {
  const auto group = [&]<int C>(int64_t c) {
    if (c < channels) body.template operator()<C>(c, static_cast<int>(channels - c < C ? channels - c : C));
  };
  for (int64_t run = 0; run < channels; run += kRun) {
#if defined(__AVX512F__)
    group.template operator()<8>(run);
    group.template operator()<8>(run + 8);
#else
    group.template operator()<6>(run);
    group.template operator()<5>(run + 6);
    group.template operator()<5>(run + 11);
#endif
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
