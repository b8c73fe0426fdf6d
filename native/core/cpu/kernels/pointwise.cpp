// 1×1 convolution: products of the pixels, which are rows of a matrix, with the weights.
#include "core/cpu/kernels/products.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

void pointwise_weights(const WeightLayout& layout, const float* weight, float* out) {
  for (int64_t o = 0; o < layout.out_channels; o += kPanel) {
    const float* from = weight + o * layout.out_stride;
    const int64_t left = layout.out_channels - o, count = left < kPanel ? left : kPanel;
    for (int64_t c = 0; c < layout.channels; ++c, from += layout.channel_stride, out += kPanel) {
      for (int64_t lane = 0; lane < kPanel; ++lane) out[lane] = lane < count ? from[lane * layout.out_stride] : 0.0F;
    }
  }
}

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

template <class T>
void pointwise_backward_weight(const PointwiseShape& shape, const T* x, const T* dy, int64_t pixels, bool onto, float* sums,
                               float* scratch) {
  constexpr int64_t kGradientRow = kVectors * kLanes, kTogether = pointwise_gradient_rows(), kMostInPlace = 64;
  const int64_t channels = shape.channels, outputs = shape.out_channels;
  const int64_t row = pointwise_row(channels), sums_row = winograd_row(outputs);
  float* gradients = scratch + kTogether * row;
  for (int64_t first = 0; first < pixels; first += kTogether) {
    const int count = static_cast<int>(pixels - first < kTogether ? pixels - first : kTogether);
    const float* rows = scratch;
    int64_t step = row;
    // Pixels are read where they lie if so few channels do not fall together in the cache, but for the last: a group of
    // channels would reach behind the tensor.
    if (sizeof(T) == sizeof(float) && channels <= kMostInPlace && pixels - first >= kTogether + kRun) {
      rows = reinterpret_cast<const float*>(x + first * channels);
      step = channels;
    } else {
      copy_rows(x + first * channels, nullptr, count, channels, row, scratch);
    }
    for_outputs(0, outputs, [&]<int V>(int64_t o) {
      for (int v = 0; v < V; ++v) {
        for_vector(outputs, o + v * kLanes, [&](auto at) {
          const T* from = dy + first * outputs + o + v * kLanes;
          for (int i = 0; i < count; ++i) store(gradients + i * kGradientRow + v * kLanes, at.get(from + i * outputs));
        });
      }
      for_channel_groups(channels, [&]<int C>(int64_t c, int held) {
        const Products products{rows + c, step, gradients, kGradientRow, count};
        add_products<V, C>(products, sums + c * sums_row + o, sums_row, held, first == 0 && !onto);
      });
    });
  }
}

}  // namespace

template <class T>
void add_pointwise(Kernels<T>& table) {
  table.pointwise[kIdentity] = pointwise<T, kIdentity>;
  table.pointwise[kRelu] = pointwise<T, kRelu>;
  table.pointwise[kSilu] = pointwise<T, kSilu>;
  table.pointwise_weights = pointwise_weights;
  table.pointwise_backward_weight = pointwise_backward_weight<T>;
}
template void add_pointwise(Kernels<float>&);
template void add_pointwise(Kernels<BFloat16>&);

}  // namespace acinus::cpu::ACINUS_ISA
