#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {

namespace {

template <class T>
Kernels<T> whole() {
  Kernels<T> table{};
  add_norm(table);
  add_channel_gate(table);
  add_adamw(table);
  add_sums(table);
  add_loss(table);
  add_scse(table);
  add_depthwise(table);
  add_depthwise_backward(table);
  add_bottleneck(table);
  add_winograd(table);
  add_winograd_backward(table);
  add_winograd_weights(table);
  add_pointwise(table);
  add_patches(table);
  return table;
}

ImageKernels image() {
  ImageKernels table{};
  add_gabor(table);
  add_philox(table);
  add_smoothing(table);
  add_remap(table);
  add_packed(table);
  add_bilateral(table);
  return table;
}

}  // namespace

// The table is filled when it is asked for, not when the addon is loaded: filling it already uses this instruction set.
const ImageKernels& image_kernels() {
  static const ImageKernels table = image();
  return table;
}

template <class T>
const Kernels<T>& kernels() {
  static const Kernels<T> table = whole<T>();
  return table;
}
template const Kernels<float>& kernels<float>();
template const Kernels<BFloat16>& kernels<BFloat16>();

}  // namespace acinus::cpu::ACINUS_ISA
