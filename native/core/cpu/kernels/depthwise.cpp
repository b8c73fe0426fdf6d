#include "core/cpu/kernels/depthwise_rows.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

// Stores outputs and sums their statistics for the norm that follows.
template <class T>
class Measured {
 public:
  Measured(int64_t channels, float* reference, double* sums) : channels_(channels), reference_(reference), sums_(sums) {}
  void begin(int64_t, int) { started_ = false; }
  void begin_row() { first_ = second_ = Vec{}; }
  Vec operator()(Vec exact) {
    // The norm reads the stored, rounded values. In a nearly flat channel, rounding moves the mean by many deviations.
    const Vec value = as_stored<T>(exact);
    if (!started_) middle_ = value;
    started_ = true;
    const Vec d = value - middle_;
    first_ += d;
    second_ += d * d;
    return value;
  }
  void end_row(int64_t c, int lanes) {
    for (int i = 0; i < lanes; ++i) {
      sums_[c + i] += static_cast<double>(first_[i]);
      sums_[channels_ + c + i] += static_cast<double>(second_[i]);
    }
  }
  void end(int64_t c, int lanes) { store_lanes(reference_ + c, middle_, lanes); }

 private:
  int64_t channels_;
  float* reference_;
  double* sums_;
  bool started_ = false;
  Vec middle_{}, first_{}, second_{};
};

template <class T, int K, int S, class Output>
void forward(const WindowShape& shape, const T* x, const Norm* norm, const float* weight, T* y, const Part& part,
             float* scratch, Output output) {
  const int64_t channels = shape.channels, columns = shape.out_width;
  RowRing<T> ring(scratch, K, x, shape.height, shape.width, channels, shape.pad_left, reach_behind<K, S>(shape));
  for (int64_t c = part.c_begin; c < part.c_end; c += kLanes) {
    const int lanes = lanes_at(c, part.c_end);
    Vec w[K][K];
    for (int i = 0; i < K * K; ++i) w[i / K][i % K] = load_lanes(weight + i * channels + c, lanes);
    ring.begin(c, lanes);
    output.begin(c, lanes);
    for (int64_t row = part.begin; row < part.end; ++row) {
      const int64_t top = row * S - shape.pad_top;
      with_change<T>(norm, c, lanes, [&](auto change) { ring.fetch(top, top + K, change); });
      const float* rows[K];
      for (int i = 0; i < K; ++i) rows[i] = ring[top + i] - shape.pad_left * kLanes;
      output.begin_row();
      convolve_row<K, S>(rows, w, y + row * columns * channels + c, columns, channels, lanes, output);
      output.end_row(c, lanes);
    }
    output.end(c, lanes);
  }
}

template <class T, class Output>
void forward(const WindowShape& shape, const T* x, const Norm* norm, const float* weight, T* y, const Part& part,
             float* scratch, const Output& output) {
  auto* run = shape.kernel == 3 ? (shape.stride == 1 ? forward<T, 3, 1, Output> : forward<T, 3, 2, Output>)
                                : (shape.stride == 1 ? forward<T, 5, 1, Output> : forward<T, 5, 2, Output>);
  run(shape, x, norm, weight, y, part, scratch, output);
}

template <class T>
void depthwise(const WindowShape& shape, const T* x, const Norm* norm, const float* weight, T* y, int64_t c_begin,
               int64_t c_end, int64_t begin, int64_t end, float* scratch, float* reference, double* sums) {
  forward(shape, x, norm, weight, y, {c_begin, c_end, begin, end}, scratch, Measured<T>(shape.channels, reference, sums));
}

template <class T>
void depthwise_squeeze(const WindowShape& shape, const T* x, const Norm* norm, const float* weight, const Norm& after, T* y,
                       int64_t c_begin, int64_t c_end, int64_t begin, int64_t end, float* scratch, double* sums) {
  forward(shape, x, norm, weight, y, {c_begin, c_end, begin, end}, scratch, Squeezed<T>(after, sums));
}

}  // namespace

template <class T>
void add_depthwise(Kernels<T>& table) {
  table.depthwise = depthwise<T>;
  table.depthwise_squeeze = depthwise_squeeze<T>;
}
template void add_depthwise(Kernels<float>&);
template void add_depthwise(Kernels<BFloat16>&);

}  // namespace acinus::cpu::ACINUS_ISA
