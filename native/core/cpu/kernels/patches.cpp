// Convolutions of few channels, in or out, as products of matrices: a patch is what a window sees, and a row of the matrix.
#include "core/cpu/kernels/simd.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

template <class T>
inline void copy_run(const T* from, int64_t count, T* to) {
  constexpr int64_t kQuad = 4;
  if (count < kQuad) {
    for (int64_t i = 0; i < count; ++i) to[i] = from[i];
    return;
  }
  for (int64_t i = 0; i + kQuad <= count; i += kQuad) __builtin_memcpy(to + i, from + i, kQuad * sizeof(T));
  const int64_t last = count - kQuad;  // what is left over, together with some that are there already
  __builtin_memcpy(to + last, from + last, kQuad * sizeof(T));
}

template <class T>
void patches(const WindowShape& shape, const T* x, int64_t begin, int64_t end, T* rows) {
  const int64_t kernel = shape.kernel, channels = shape.channels, run = kernel * channels;
  int64_t window_row = begin / shape.out_width, column = begin % shape.out_width;
  for (int64_t window = begin; window < end; ++window) {
    const int64_t left = column * shape.stride - shape.pad_left;
    const bool whole = left >= 0 && left + kernel <= shape.width;
    for (int64_t i = 0; i < kernel; ++i, rows += run) {
      const int64_t row = window_row * shape.stride - shape.pad_top + i;
      const T* from = x + (row * shape.width + left) * channels;
      if (row < 0 || row >= shape.height) {
        for (int64_t k = 0; k < run; ++k) rows[k] = T{};
      } else if (whole) {
        copy_run(from, run, rows);
      } else {
        for (int64_t k = 0; k < run; ++k) {
          const int64_t at = left + k / channels;
          rows[k] = at >= 0 && at < shape.width ? from[k] : T{};
        }
      }
    }
    if (++column == shape.out_width) {
      column = 0;
      ++window_row;
    }
  }
}

template <int kKernel, int kStride>
void sum_row(const WindowShape& shape, const float* const* rows, const float* bias, float* y) {
  const int64_t channels = shape.channels, patch = kKernel * kKernel * channels;
  for (int64_t column = 0; column < shape.width; ++column, y += channels) {
    const int64_t right = column + shape.pad_left;  // less the place within a window: where that window begins
    const bool inside = right >= kKernel - 1 && right / kStride < shape.out_width;
    for (int64_t c = 0; c < channels; ++c) {
      float sum = bias[c];
#pragma GCC unroll 5
      for (int j = 0; j < kKernel; ++j) {
        if (kStride > 1 && (right - j) % kStride != 0) continue;
        const int64_t window = (right - j) / kStride;
        if (!inside && (right < j || window >= shape.out_width)) continue;
#pragma GCC unroll 5
        for (int i = 0; i < kKernel; ++i) sum += rows[i][window * patch + (i * kKernel + j) * channels + c];
      }
      y[c] = sum;
    }
  }
}

void sum_of_patches(const WindowShape& shape, const float* const* rows, const float* bias, float* y) {
  if (shape.kernel == 3) return (shape.stride == 1 ? sum_row<3, 1> : sum_row<3, 2>)(shape, rows, bias, y);
  (shape.stride == 1 ? sum_row<5, 1> : sum_row<5, 2>)(shape, rows, bias, y);
}

}  // namespace

template <class T>
void add_patches(Kernels<T>& table) {
  table.patches = patches<T>;
  table.sum_of_patches = sum_of_patches;
}
template void add_patches(Kernels<float>&);
template void add_patches(Kernels<BFloat16>&);

}  // namespace acinus::cpu::ACINUS_ISA
