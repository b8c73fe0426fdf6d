#include "core/cpu/kernels/depthwise_rows.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

// N inputs of one row, S apart: Σ over the taps that reach them of weight · gradient. The taps of column i, i + S, … are the
// same.
template <int K, int S, int N>
inline void gather(const float* const* rows, const Vec(*const* weight), int count, int first_tap, Vec* out) {
  for (int u = 0; u < N; ++u) out[u] = Vec{};
  for (int i = 0; i < count; ++i) {
    const float* row = rows[i];
    for (int j = first_tap, step = 0; j < K; j += S, ++step) {
      const Vec w = weight[i][j];
#pragma GCC unroll 8
      for (int u = 0; u < N; ++u) out[u] += w * load(row + (u - step) * kLanes);
    }
  }
}

template <class T, int K, int S>
void backward(const WindowShape& shape, const T* dy, const float* weight, T* dx, int64_t c_begin, int64_t c_end, int64_t begin,
              int64_t end, float* scratch) {
  const int64_t channels = shape.channels, columns = shape.width;
  // Gradients are read from column −K to beyond the last one that any input column reaches, which the padding makes zeros.
  const int64_t reach = (columns - 1 + shape.pad_left) / S - shape.out_width + 1;
  RowRing<T> ring(scratch, K, dy, shape.out_height, shape.out_width, channels, K, (reach > 0 ? reach : 0) + 1);
  for (int64_t c = c_begin; c < c_end; c += kLanes) {
    const int lanes = lanes_at(c, c_end);
    Vec w[K][K];
    for (int i = 0; i < K * K; ++i) w[i / K][i % K] = load_lanes(weight + i * channels + c, lanes);
    ring.begin(c, lanes);
    for (int64_t row = begin; row < end; ++row) {
      // Output row o, tap row i reach input row o·S + i − pad.
      const int64_t shifted = row + shape.pad_top;
      const int first = static_cast<int>(shifted % S);
      const int64_t last_output = (shifted - first) / S;
      const int count = (K - first + S - 1) / S;
      ring.fetch(last_output - count + 1, last_output + 1, Unchanged{});
      const float* rows[K];
      const Vec* weights[K];
      for (int i = 0; i < count; ++i) {
        rows[i] = ring[last_output - i];
        weights[i] = w[first + i * S];
      }
      T* out = dx + row * columns * channels + c;
      for (int64_t parity = 0; parity < S; ++parity) {
        const int64_t at = parity + shape.pad_left;
        const int tap = static_cast<int>(at % S);
        const float* from[K];
        for (int i = 0; i < count; ++i) from[i] = rows[i] + (at - tap) / S * kLanes;
        int64_t column = parity;
        for (; column + (kTile - 1) * S < columns; column += kTile * S) {
          for (int u = 0; u < kTile; ++u) prefetch_for_write(out + (column + u * S + kAhead) * channels);
          Vec values[kTile];
          gather<K, S, kTile>(from, weights, count, tap, values);
          for (int u = 0; u < kTile; ++u) store_lanes(out + (column + u * S) * channels, values[u], lanes);
          for (int i = 0; i < count; ++i) from[i] += kTile * kLanes;
        }
        for (; column < columns; column += S) {
          Vec value[1];
          gather<K, S, 1>(from, weights, count, tap, value);
          store_lanes(out + column * channels, value[0], lanes);
          for (int i = 0; i < count; ++i) from[i] += kLanes;
        }
      }
    }
  }
}

template <class T, int K, int S>
void backward_weight(const WindowShape& shape, const T* x, const Norm* norm, const T* dy, float* dweight, int64_t c_begin,
                     int64_t c_end, int64_t begin, int64_t end, float* scratch) {
  const int64_t channels = shape.channels, columns = shape.out_width;
  const int64_t right = (columns - 1) * S + K - shape.pad_left - shape.width;
  RowRing<T> ring(scratch, K, x, shape.height, shape.width, channels, shape.pad_left, right > 0 ? right : 0);
  for (int64_t c = c_begin; c < c_end; c += kLanes) {
    const int lanes = lanes_at(c, c_end);
    ring.begin(c, lanes);
    Vec total[K * K] = {};
    for (int64_t row = begin; row < end; ++row) {
      const int64_t top = row * S - shape.pad_top;
      with_change<T>(norm, c, lanes, [&](auto change) { ring.fetch(top, top + K, change); });
      const T* gradient = dy + row * columns * channels + c;
      // As many tap rows at once as there are registers for their sums.
      constexpr int kRows = kLanes == 16 ? K : 1;
      for (int i = 0; i < K; i += kRows) {
        const float* rows[kRows];
        for (int r = 0; r < kRows; ++r) rows[r] = ring[top + i + r] - shape.pad_left * kLanes;
        Vec sums[kRows * K] = {};
        for (int64_t column = 0; column < columns; ++column) {
          if (i == 0) __builtin_prefetch(gradient + (column + kAhead) * channels);
          const Vec d = load_lanes(gradient + column * channels, lanes);
#pragma GCC unroll 5
          for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 5
            for (int j = 0; j < K; ++j) sums[r * K + j] += d * load(rows[r] + (column * S + j) * kLanes);
          }
        }
        for (int k = 0; k < kRows * K; ++k) total[i * K + k] += sums[k];
      }
    }
    for (int k = 0; k < K * K; ++k) {
      float* to = dweight + k * channels + c;
      store_lanes(to, load_lanes(to, lanes) + total[k], lanes);
    }
  }
}

template <class T>
void input(const WindowShape& shape, const T* dy, const float* weight, T* dx, int64_t c_begin, int64_t c_end, int64_t begin,
           int64_t end, float* scratch) {
  auto* run = shape.kernel == 3 ? (shape.stride == 1 ? backward<T, 3, 1> : backward<T, 3, 2>)
                                : (shape.stride == 1 ? backward<T, 5, 1> : backward<T, 5, 2>);
  run(shape, dy, weight, dx, c_begin, c_end, begin, end, scratch);
}

template <class T>
void weights(const WindowShape& shape, const T* x, const Norm* norm, const T* dy, float* dweight, int64_t c_begin,
             int64_t c_end, int64_t begin, int64_t end, float* scratch) {
  auto* run = shape.kernel == 3 ? (shape.stride == 1 ? backward_weight<T, 3, 1> : backward_weight<T, 3, 2>)
                                : (shape.stride == 1 ? backward_weight<T, 5, 1> : backward_weight<T, 5, 2>);
  run(shape, x, norm, dy, dweight, c_begin, c_end, begin, end, scratch);
}

}  // namespace

template <class T>
void add_depthwise_backward(Kernels<T>& table) {
  table.depthwise_backward = input<T>;
  table.depthwise_backward_weight = weights<T>;
}
template void add_depthwise_backward(Kernels<float>&);
template void add_depthwise_backward(Kernels<BFloat16>&);

}  // namespace acinus::cpu::ACINUS_ISA
