// Convolutions with few input or output channels, as products of matrices: a row is what one window sees.
#pragma once

#include "core/ops/windows.h"
#include "core/torch.h"

namespace acinus::ops::on_cpu {

// Numbers of a patch of so many channels; longer ones than the last cost more to copy than products of another kind.
constexpr int64_t patch_length(int64_t channels, int64_t kernel) { return kernel * kernel * channels; }
constexpr int64_t kLongestPatch = 64;

// torch.nn.functional.conv2d(pad(x), weight, bias), differentiable; x channels-last, float32 or bfloat16, which is y's type
// too. Patches of x or of y are at most kLongestPatch long. Products are made and added up in float32. bias may be missing.
Tensor patch_conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const WindowOptions& windows);

}  // namespace acinus::ops::on_cpu
