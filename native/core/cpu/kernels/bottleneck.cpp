// The front of an inverted bottleneck for inference: expansion, depthwise convolution and the mean of what they make, row by
// row, so that the expanded image never exists.
#include "core/cpu/kernels/depthwise_rows.h"
#include "core/cpu/kernels/products.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

// Rows of silu(expansion of x), some channels of them.
template <class T>
class ExpandedRows {
 public:
  ExpandedRows(const WindowShape& shape, const Expansion& expansion, const T* x, int64_t c_begin, int64_t c_end, int64_t right,
               float* scratch)
      : shape_(shape),
        expansion_(expansion),
        x_(x),
        c_begin_(c_begin),
        c_end_(c_end),
        slots_(scratch, shape.kernel, shape.height, shape.pad_left, shape.width, right),
        pixels_(scratch + (c_end - c_begin + kLanes - 1) / kLanes * slots_.floats()) {
    for (int64_t c = c_begin; c < c_end; c += kLanes) slots(c).clear();
  }

  // Of the vector that begins with channel c.
  RowSlots slots(int64_t c) const { return slots_.behind((c - c_begin_) / kLanes); }

  // Computes the missing rows of [from, to), to − from ≤ kernel.
  void make(int64_t from, int64_t to) {
    for (int64_t row = filled_ < from ? from : filled_; row < to; ++row) {
      if (slots_.inside(row)) expand(row);
    }
    if (to > filled_) filled_ = to;
  }

 private:
  void expand(int64_t row) const {
    const int64_t channels = expansion_.channels, width = shape_.width;
    const PixelRows<T> pixels(x_ + row * width * channels, nullptr, width, channels, pixels_);
    for_outputs(c_begin_, c_end_, [&]<int V>(int64_t c) {
      const float* weight = outputs_at(expansion_.weight, channels, c);
      const int64_t weight_step = V > 1 ? outputs_at(expansion_.weight, channels, c + kLanes) - weight : 0;
      Vec bias[V];
      float* to[V];
      for (int v = 0; v < V; ++v) {
        const int64_t channel = c + v * kLanes;
        bias[v] = load_lanes(expansion_.bias + channel, lanes_at(channel, c_end_));
        to[v] = slots(channel).slot(row);
      }
      for (int64_t pixel = 0; pixel < width; pixel += kRows) {
        const int filled = static_cast<int>(width - pixel < kRows ? width - pixel : kRows);
        alignas(64) float sums[kRows * kVectors * kLanes];
        pixels.template multiply_rows<V>(pixel, weight, weight_step, sums);
        for (int v = 0; v < V; ++v) {
          for (int i = 0; i < filled; ++i) {
            const Vec z = load(sums + (i * kVectors + v) * kLanes) + bias[v];
            store(to[v] + (pixel + i) * kLanes, activated<T, kSilu>(z));
          }
        }
      }
    });
  }

  const WindowShape& shape_;
  const Expansion& expansion_;
  const T* x_;
  int64_t c_begin_, c_end_;
  RowSlots slots_;  // of the first vector
  float* pixels_;   // scratch
  int64_t filled_ = -1;
};

template <class T, int K, int S>
void forward(const WindowShape& shape, ExpandedRows<T>& expanded, const float* weight, T* y, const Part& part,
             Squeezed<T> output) {
  const int64_t channels = shape.channels, columns = shape.out_width;
  for (int64_t row = part.begin; row < part.end; ++row) {
    const int64_t top = row * S - shape.pad_top;
    expanded.make(top, top + K);
    for (int64_t c = part.c_begin; c < part.c_end; c += kLanes) {
      const int lanes = lanes_at(c, part.c_end);
      const RowSlots slots = expanded.slots(c);
      Vec w[K][K];
      for (int i = 0; i < K * K; ++i) w[i / K][i % K] = load_lanes(weight + i * channels + c, lanes);
      const float* rows[K];
      for (int i = 0; i < K; ++i) rows[i] = slots[top + i] - shape.pad_left * kLanes;
      output.begin(c, lanes);
      output.begin_row();
      convolve_row<K, S>(rows, w, y + row * columns * channels + c, columns, channels, lanes, output);
      output.end_row(c, lanes);
    }
  }
}

template <class T>
void expanded_squeeze(const WindowShape& shape, const Expansion& expansion, const T* x, const float* weight, const Norm& after,
                      T* y, int64_t c_begin, int64_t c_end, int64_t begin, int64_t end, float* scratch, double* sums) {
  const auto run = [&]<int K, int S>() {
    ExpandedRows<T> expanded(shape, expansion, x, c_begin, c_end, reach_behind<K, S>(shape), scratch);
    forward<T, K, S>(shape, expanded, weight, y, {c_begin, c_end, begin, end}, Squeezed<T>(after, sums));
  };
  if (shape.kernel == 3) {
    shape.stride == 1 ? run.template operator()<3, 1>() : run.template operator()<3, 2>();
  } else {
    shape.stride == 1 ? run.template operator()<5, 1>() : run.template operator()<5, 2>();
  }
}

}  // namespace

template <class T>
void add_bottleneck(Kernels<T>& table) {
  table.expanded_squeeze = expanded_squeeze<T>;
}
template void add_bottleneck(Kernels<float>&);
template void add_bottleneck(Kernels<BFloat16>&);

}  // namespace acinus::cpu::ACINUS_ISA
