// BatchNorm2d together with what follows it in the networks. Each operation has a plain LibTorch version, its definition, and a
// fast one for channels-last float32 and bfloat16 on the CPU, which reads each activation once a pass and saves nothing that
// can be had again from its input.
#pragma once

#include "core/cpu/kernels.h"
#include "core/torch.h"

namespace acinus::ops {

using cpu::Activation;

// A view of an nn::BatchNorm2d. In training the running statistics move on as PyTorch's do, once for each step: where a part of
// the network is computed again (ops/recompute.h), copies of them do.
struct BatchNorm {
  Tensor weight, bias, running_mean, running_var, batches;
  double eps = 1e-5, momentum = 0.1;
  bool training = false;

  explicit BatchNorm(nn::BatchNorm2dImpl& module);
};

// Per-channel mean and (biased) variance of one batch, where the operation in front of the norm has them already.
struct Statistics {
  std::vector<double> mean, variance;
  int64_t count = 0;
};

// act(norm(x)); x [B, C, H, W].
Tensor batch_norm_act(const Tensor& x, const BatchNorm& norm, Activation activation);
namespace plain {
Tensor batch_norm(const Tensor& x, const BatchNorm& norm);
Tensor batch_norm_act(const Tensor& x, const BatchNorm& norm, Activation activation);
}  // namespace plain

// residual + factors[b] · norm(x); no factors: 1 for every image.
Tensor batch_norm_add(const Tensor& x, const BatchNorm& norm, const Tensor& residual, const std::vector<float>& factors);
namespace plain {
Tensor batch_norm_add(const Tensor& x, const BatchNorm& norm, const Tensor& residual, const std::vector<float>& factors);
}  // namespace plain

}  // namespace acinus::ops
