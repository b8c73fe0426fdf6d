// 1×1 convolution: a block of pixels is laid out for the products, then multiplied with all weights.
#include "core/cpu/kernels/products.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

// [pixels][channels] → [runs of channels][rows][kRun]
template <class T>
void lay_out(const T* x, int64_t pixels, int64_t channels, int64_t rows, float* out) {
  for (int64_t pixel = 0; pixel < pixels; ++pixel) {
    for_channels(channels, [&](int64_t c, auto at) {
      store(out + (c / kRun * rows + pixel) * kRun + c % kRun, at.get(x + pixel * channels + c));
    });
  }
}

template <class T, Activation kAct>
void pointwise(const PointwiseShape& shape, const T* x, const float* weight, const float* bias, const T* residual, T* y,
               int64_t pixels, float* scratch) {
  const int64_t channels = shape.channels, outputs = shape.out_channels, rows = pointwise_rows(channels);
  for (int64_t i = 0; i < rows * runs_of(channels) * kRun; ++i) scratch[i] = 0.0F;
  for (int64_t first = 0; first < pixels; first += rows) {
    const int64_t count = pixels - first < rows ? pixels - first : rows;
    lay_out(x + first * channels, count, channels, rows, scratch);
    for_outputs(0, outputs, [&]<int V>(int64_t o) {
      const float* from = outputs_at(weight, channels, o);
      const int64_t weight_step = V > 1 ? outputs_at(weight, channels, o + kLanes) - from : 0;
      for (int64_t row = 0; row < count; row += kRows) {
        float sums[kRows * kVectors * kLanes];
        multiply<V>(scratch + row * kRun, {kRun, rows * kRun}, channels, from, weight_step, sums, kVectors * kLanes);
        const int64_t filled = count - row < kRows ? count - row : kRows;
        for (int v = 0; v < V; ++v) {
          const int64_t channel = o + v * kLanes;
          for_vector(outputs, channel, [&](auto at) {
            const Vec offset = at.get(bias + channel);
            for (int64_t i = 0; i < filled; ++i) {
              const int64_t k = (first + row + i) * outputs + channel;
              const Vec value = activated<T, kAct>(load(sums + (i * kVectors + v) * kLanes) + offset);
              at.put(y + k, residual ? value + at.get(residual + k) : value);
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
