// Convolutions that take or give few channels: what each window sees of those is a short row of a matrix.
#pragma once

#include "core/ops/windows.h"

namespace acinus::ops {

// Does patch_conv2d pay for x [B, C, H, W], to be computed in `type`, and weight [O, C, k, k]?
bool patches_pay(const Tensor& x, at::ScalarType type, const Tensor& weight, const WindowOptions& options);

// torch.nn.functional.conv2d(pad(x), weight, bias), differentiable; x channels-last, float32 or bfloat16, which is y's type
// too. Products are made and added up in float32. bias may be missing.
Tensor patch_conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const WindowOptions& options);

}  // namespace acinus::ops
