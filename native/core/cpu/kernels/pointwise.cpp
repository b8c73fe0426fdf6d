// 1×1 convolution: products of the pixels, which are rows of a matrix, with the weights.
#include "core/cpu/kernels/products.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

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
