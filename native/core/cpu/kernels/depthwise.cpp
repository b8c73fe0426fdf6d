#include "core/cpu/kernels/depthwise_rows.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

// N neighbouring outputs of one row: Σ over taps of weight · row value. rows[i] is the first input of tap row i.
template <int K, int S, int N>
inline void taps(const float* const* rows, const Vec (*weight)[K], Vec* out) {
  for (int u = 0; u < N; ++u) out[u] = Vec{};
#pragma GCC unroll 5
  for (int i = 0; i < K; ++i) {
    const float* row = rows[i];
#pragma GCC unroll 5
    for (int j = 0; j < K; ++j) {
      const Vec w = weight[i][j];
#pragma GCC unroll 8
      for (int u = 0; u < N; ++u) out[u] += w * load(row + (u * S + j) * kLanes);
    }
  }
}

template <class T, int K, int S>
void forward(const DepthwiseShape& shape, const T* x, const Norm* norm, const float* weight, T* y, int64_t c_begin,
             int64_t c_end, int64_t begin, int64_t end, float* scratch, float* reference, double* sums) {
  const int64_t channels = shape.channels, columns = shape.out_width;
  const int64_t right = (columns - 1) * S + K - shape.pad_left - shape.width;
  RowRing<T> ring(scratch, K, x, shape.height, shape.width, channels, shape.pad_left, right > 0 ? right : 0);
  for (int64_t c = c_begin; c < c_end; c += kLanes) {
    const int lanes = lanes_at(c, c_end);
    Vec w[K][K];
    for (int i = 0; i < K * K; ++i) w[i / K][i % K] = load_lanes(weight + i * channels + c, lanes);
    ring.begin(c, lanes);
    Vec middle{};
    for (int64_t row = begin; row < end; ++row) {
      const int64_t top = row * S - shape.pad_top;
      with_change<T>(norm, c, lanes, [&](auto change) { ring.fetch(top, top + K, change); });
      const float* rows[K];
      for (int i = 0; i < K; ++i) rows[i] = ring[top + i] - shape.pad_left * kLanes;
      T* out = y + row * columns * channels + c;
      Vec first{}, second{};
      const auto finish = [&](int64_t column, Vec exact) {
        // The norm that follows reads what is stored: of a nearly flat channel, rounding moves the mean by many deviations.
        const Vec value = as_stored<T>(exact);
        store_lanes(out + column * channels, value, lanes);
        if (row == begin && column == 0) middle = value;
        const Vec d = value - middle;
        first += d;
        second += d * d;
      };
      int64_t column = 0;
      for (; column + kTile <= columns; column += kTile) {
        for (int u = 0; u < kTile; ++u) prefetch_for_write(out + (column + u + kAhead) * channels);
        Vec values[kTile];
        taps<K, S, kTile>(rows, w, values);
        for (int u = 0; u < kTile; ++u) finish(column + u, values[u]);
        for (int i = 0; i < K; ++i) rows[i] += kTile * S * kLanes;
      }
      for (; column < columns; ++column) {
        Vec value[1];
        taps<K, S, 1>(rows, w, value);
        finish(column, value[0]);
        for (int i = 0; i < K; ++i) rows[i] += S * kLanes;
      }
      if (!reference) continue;
      for (int i = 0; i < lanes; ++i) {
        sums[c + i] += static_cast<double>(first[i]);
        sums[channels + c + i] += static_cast<double>(second[i]);
      }
    }
    if (reference) store_lanes(reference + c, middle, lanes);
  }
}

template <class T>
void depthwise(const DepthwiseShape& shape, const T* x, const Norm* norm, const float* weight, T* y, int64_t c_begin,
               int64_t c_end, int64_t begin, int64_t end, float* scratch, float* reference, double* sums) {
  auto* run = shape.kernel == 3 ? (shape.stride == 1 ? forward<T, 3, 1> : forward<T, 3, 2>)
                                : (shape.stride == 1 ? forward<T, 5, 1> : forward<T, 5, 2>);
  run(shape, x, norm, weight, y, c_begin, c_end, begin, end, scratch, reference, sums);
}

}  // namespace

template <class T>
void add_depthwise(Kernels<T>& table) {
  table.depthwise = depthwise<T>;
}
template void add_depthwise(Kernels<float>&);
template void add_depthwise(Kernels<BFloat16>&);

}  // namespace acinus::cpu::ACINUS_ISA
