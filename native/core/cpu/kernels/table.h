// What each kernel file adds to its instruction set's table.
#pragma once

#include "core/cpu/image_kernels.h"
#include "core/cpu/kernels.h"

namespace acinus::cpu::ACINUS_ISA {

template <class T>
void add_norm(Kernels<T>& table);
template <class T>
void add_channel_gate(Kernels<T>& table);
template <class T>
void add_adamw(Kernels<T>& table);
template <class T>
void add_sums(Kernels<T>& table);
template <class T>
void add_loss(Kernels<T>& table);
template <class T>
void add_scse(Kernels<T>& table);
template <class T>
void add_depthwise(Kernels<T>& table);
template <class T>
void add_depthwise_backward(Kernels<T>& table);
template <class T>
void add_bottleneck(Kernels<T>& table);
template <class T>
void add_winograd(Kernels<T>& table);
template <class T>
void add_winograd_backward(Kernels<T>& table);
template <class T>
void add_winograd_weights(Kernels<T>& table);
template <class T>
void add_pointwise(Kernels<T>& table);
template <class T>
void add_patches(Kernels<T>& table);
void add_gabor(ImageKernels& table);
void add_philox(ImageKernels& table);
void add_smoothing(ImageKernels& table);
void add_remap(ImageKernels& table);
void add_packed(ImageKernels& table);
void add_bilateral(ImageKernels& table);

}  // namespace acinus::cpu::ACINUS_ISA
