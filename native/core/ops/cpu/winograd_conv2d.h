// Dense 3×3 convolutions on the CPU by Winograd's F(4×4, 3×3): a quarter of the products. Products are made and added up in
// float32, for bfloat16 too.
#pragma once

#include "core/cpu/kernels.h"
#include "core/torch.h"

namespace acinus::ops::on_cpu {

// True when our products are faster than LibTorch's for activations of this type on this processor.
bool own_products_pay(at::ScalarType type, bool by_winograd);

// torch.nn.functional.conv2d(x, weight, bias, padding=1), differentiable; x channels-last, float32 or bfloat16. `bias` may be
// missing. `upsampled`: of interpolate(x, scale_factor=2, mode="nearest"), which is never stored.
Tensor winograd_conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, bool upsampled = false);

// The weight [O, C, 3, 3] at Winograd's 36 places, float32, as Kernels::winograd takes it: a row for each panel of outputs.
Tensor winograd_weights(const Tensor& weight);
// act(conv2d(x) + bias) with such a weight; bias [O], float32. `upsampled` as above.
Tensor winograd(const Tensor& x, const Tensor& weight, const Tensor& bias, cpu::Activation activation, bool upsampled = false);

}  // namespace acinus::ops::on_cpu
