// 1×1 convolution: products of the pixels, which are rows of a matrix, with the weights.
#include "core/cpu/kernels/products.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

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

template <class T, Activation kAct>
void pointwise(const PointwiseShape& shape, const T* x, const float* gate, const float* weight, const float* bias,
               const T* residual, T* y, int64_t pixels, float* scratch) {
  const int64_t channels = shape.channels, outputs = shape.out_channels, rows = pointwise_rows(channels);
  for (int64_t first = 0; first < pixels; first += rows) {
    const int64_t count = pixels - first < rows ? pixels - first : rows;
    const PixelRows<T> block(x + first * channels, gate, count, channels, scratch);
    for_outputs(0, outputs, [&]<int V>(int64_t o) {
      const float* from = outputs_at(weight, channels, o);
      const int64_t weight_step = V > 1 ? outputs_at(weight, channels, o + kLanes) - from : 0;
      for (int64_t row = 0; row < count; row += kRows) {
        const int filled = static_cast<int>(count - row < kRows ? count - row : kRows);
        T* const to = y + (first + row) * outputs;
        for (int i = 0; i < kRows; ++i) prefetch_for_write(to + (i < filled ? i : 0) * outputs + o);
        alignas(64) float sums[kRows * kVectors * kLanes];
        block.template multiply_rows<V>(row, from, weight_step, sums);
        for (int v = 0; v < V; ++v) {
          const int64_t channel = o + v * kLanes;
          for_vector(outputs, channel, [&](auto at) {
            const Vec offset = at.get(bias + channel);
            for (int i = 0; i < filled; ++i) {
              const int64_t k = i * outputs + channel;
              const Vec value = activated<T, kAct>(load(sums + (i * kVectors + v) * kLanes) + offset);
              at.put(to + k, residual ? value + at.get(residual + (first + row) * outputs + k) : value);
            }
          });
        }
      }
    });
  }
}

}  // namespace

template <class T>
void add_pointwise(Kernels<T>& table) {
  table.pointwise[kIdentity] = pointwise<T, kIdentity>;
  table.pointwise[kRelu] = pointwise<T, kRelu>;
  table.pointwise[kSilu] = pointwise<T, kSilu>;
}
template void add_pointwise(Kernels<float>&);
template void add_pointwise(Kernels<BFloat16>&);

}  // namespace acinus::cpu::ACINUS_ISA
