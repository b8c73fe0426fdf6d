// Dense 1×1 convolutions on the CPU. Channels-last pixels are the rows of a matrix, so each convolution is one product of
// matrices. That avoids the set-up that LibTorch repeats for each convolution.
#pragma once

#include "core/cpu/kernels.h"
#include "core/torch.h"

namespace acinus::ops::on_cpu {

// torch.nn.functional.conv2d(x, weight, bias) for weight [O, C, 1, 1], differentiable; x channels-last, float32 or bfloat16,
// which is y's type too. bias may be missing.
Tensor pointwise_conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias);

// Its forward and backward products, for an operation that computes x itself.
namespace pointwise {
// A matrix in the layout that Kernels::pointwise requires: [panels][channels][kPanel].
Tensor panels(const cpu::WeightLayout& layout, const float* matrix);
Tensor output(const Tensor& x, const Tensor& weight, const Tensor& bias = {});
Tensor input_gradient(const Tensor& dy, const Tensor& weight);
Tensor weight_gradient(const Tensor& dy, const Tensor& x, const Tensor& weight);
}  // namespace pointwise

}  // namespace acinus::ops::on_cpu
