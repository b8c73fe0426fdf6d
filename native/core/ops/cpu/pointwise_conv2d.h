// Dense 1×1 convolutions on the CPU: channels-last pixels are the rows of a matrix, so each is one of LibTorch's products of
// matrices, without what a convolution looks up, lays out and checks for each of them.
#pragma once

#include "core/cpu/kernels.h"
#include "core/torch.h"

namespace acinus::ops::on_cpu {

// torch.nn.functional.conv2d(x, weight, bias) for weight [O, C, 1, 1], differentiable; x channels-last, float32 or bfloat16,
// which is y's type too. bias may be missing.
Tensor pointwise_conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias);

// What it consists of, for an operation that makes its x itself.
namespace pointwise {
// A matrix laid out as Kernels::pointwise wants it: [panels][channels][kPanel].
Tensor panels(const cpu::WeightLayout& layout, const float* matrix);
Tensor output(const Tensor& x, const Tensor& weight, const Tensor& bias = {});
Tensor input_gradient(const Tensor& dy, const Tensor& weight);
Tensor weight_gradient(const Tensor& dy, const Tensor& x, const Tensor& weight);
}  // namespace pointwise

}  // namespace acinus::ops::on_cpu
