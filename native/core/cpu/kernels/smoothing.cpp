#include <utility>

#include "core/cpu/image_kernels.h"
#include "core/cpu/kernels/shuffle.h"
#include "core/cpu/kernels/simd.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

// A filter along `count` vectors that lie one after the other, from the first output's furthest neighbour on. put(i, result).
template <class Put>
void filter_vectors(const float* padded, int64_t count, const SymmetricFilter& filter, Put put) {
  const float* centre = padded + filter.reach * kLanes;
  // N outputs at once: of their neighbours at one distance, all but one were those at the last distance of the next output.
  const auto outputs = [&]<int N>(int64_t first) {
    const auto at = [&](int64_t i) { return load(centre + (first + i) * kLanes); };
    Vec before[N], after[N], sums[N];
    for (int n = 0; n < N; ++n) {
      before[n] = after[n] = at(n);
      sums[n] = filter.weights[0] * before[n];
    }
#pragma GCC unroll 4
    for (int k = 1; k <= filter.reach; ++k) {
      for (int n = N - 1; n > 0; --n) before[n] = before[n - 1];
      for (int n = 0; n + 1 < N; ++n) after[n] = after[n + 1];
      before[0] = at(-k);
      after[N - 1] = at(N - 1 + k);
      for (int n = 0; n < N; ++n) sums[n] += filter.weights[k] * (before[n] + after[n]);
    }
    for (int n = 0; n < N; ++n) put(first + n, sums[n]);
  };
  constexpr int kBlock = 4;
  int64_t i = 0;
  for (; i + kBlock <= count; i += kBlock) outputs.template operator()<kBlock>(i);
  for (; i < count; ++i) outputs.template operator()<1>(i);
}

// Half of the elements of two vectors by turns, from the first on.
template <int first, int... lane>
inline Vec by_turns(Vec a, Vec b, std::integer_sequence<int, lane...>) {
  return shuffled<(first + lane / 2 + lane % 2 * kLanes)...>(a, b);
}

// Element i of each vector becomes vector i. Each stage interleaves the first half of the vectors with the second.
inline void transpose(Vec (&rows)[kLanes]) {
  constexpr std::make_integer_sequence<int, kLanes> lanes;
  for (int stage = 1; stage < kLanes; stage *= 2) {
    Vec next[kLanes];
    for (int i = 0; i < kLanes / 2; ++i) {
      next[2 * i] = by_turns<0>(rows[i], rows[i + kLanes / 2], lanes);
      next[2 * i + 1] = by_turns<kLanes / 2>(rows[i], rows[i + kLanes / 2], lanes);
    }
    for (int i = 0; i < kLanes; ++i) rows[i] = next[i];
  }
}

// kLanes rows at once, as columns of vectors.
void filter_rows(const float* x, int64_t width, const SymmetricFilter& along, int64_t begin, int64_t end, float* out,
                 float* scratch) {
  float* padded = scratch + along.reach * kLanes;
  float* filtered = scratch + (width + 2 * along.reach + kLanes) * kLanes;
  for (int64_t y = begin; y < end; y += kLanes) {
    const int64_t rows = end - y < kLanes ? end - y : kLanes;
    for_channels(width, [&](int64_t c, auto at) {
      Vec block[kLanes] = {};
      for (int64_t r = 0; r < rows; ++r) block[r] = at.get(x + (y + r) * width + c);
      transpose(block);
      for (int i = 0; i < kLanes; ++i) store(padded + (c + i) * kLanes, block[i]);
    });
    const auto mirror = [&](int64_t i) { store(padded + i * kLanes, load(padded + along.mirrored[i + along.reach] * kLanes)); };
    for (int64_t i = 1; i <= along.reach; ++i) {
      mirror(-i);
      mirror(width - 1 + i);
    }
    filter_vectors(scratch, width, along, [&](int64_t i, Vec result) { store(filtered + i * kLanes, result); });
    for_channels(width, [&](int64_t c, auto at) {
      Vec block[kLanes];
      for (int i = 0; i < kLanes; ++i) block[i] = load(filtered + (c + i) * kLanes);
      transpose(block);
      for (int64_t r = 0; r < rows; ++r) at.put(out + (y + r) * width + c, block[r]);
    });
  }
}

void filter_columns(const float* x, int64_t width, const SymmetricFilter& along, int64_t begin, int64_t end, float* out,
                    float* scratch) {
  const int64_t rows = end - begin + 2 * along.reach;
  // Columns that share a line of the cache are taken together: rows may lie a power of two apart, and then the line is gone
  // before it is read again.
  const auto columns = [&](int64_t c, int count, auto at) {
    for (int64_t y = 0; y < rows; ++y) {
      const float* from = x + along.mirrored[begin + y] * width + c;
      for (int v = 0; v < count; ++v) store(scratch + (v * rows + y) * kLanes, at.get(from + v * kLanes));
    }
    for (int v = 0; v < count; ++v) {
      filter_vectors(scratch + v * rows * kLanes, end - begin, along,
                     [&](int64_t y, Vec result) { at.put(out + (begin + y) * width + c + v * kLanes, result); });
    }
  };
  constexpr int kBeside = kMostLanes / kLanes;
  int64_t c = 0;
  for (; c + kMostLanes <= width; c += kMostLanes) columns(c, kBeside, Whole{});
  for_channels(width - c, [&](int64_t rest, auto at) { columns(c + rest, 1, at); });
}

}  // namespace

void add_smoothing(ImageKernels& table) {
  table.filter_rows = filter_rows;
  table.filter_columns = filter_columns;
}

}  // namespace acinus::cpu::ACINUS_ISA
