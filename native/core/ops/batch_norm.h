// BatchNorm2d together with what follows it in the networks.
#pragma once

#include "core/ops/activation.h"

namespace acinus::ops {

// A view of an nn::BatchNorm2d. In training the running statistics move on as PyTorch's do, once for each step: where a part of
// the network is computed again (ops/recompute.h), copies of them do.
struct BatchNorm {
  Tensor weight, bias, running_mean, running_var, batches;
  double eps = 1e-5, momentum = 0.1;
  bool training = false;

  explicit BatchNorm(nn::BatchNorm2dImpl& module);

  template <class Visit>
  void visit_tensors(Visit visit) const {
    for (const Tensor* tensor : {&weight, &bias, &running_mean, &running_var, &batches}) visit(*tensor);
  }
};

// Mean and (biased) variance of each channel of one batch, double [C] on its device, where the operation in front of the norm
// has them already; otherwise undefined.
struct Statistics {
  Tensor mean, variance;

  template <class Visit>
  void visit_tensors(Visit visit) const {
    visit(mean);
    visit(variance);
  }
};

// act(norm(x)); x [B, C, H, W].
Tensor batch_norm_act(const Tensor& x, const BatchNorm& norm, Activation activation);
namespace plain {
Tensor batch_norm(const Tensor& x, const BatchNorm& norm);
Tensor batch_norm_act(const Tensor& x, const BatchNorm& norm, Activation activation);
}  // namespace plain

// residual + factors[b] · norm(x); factors: float [B], or undefined for 1 everywhere.
Tensor batch_norm_add(const Tensor& x, const BatchNorm& norm, const Tensor& residual, const Tensor& factors);
namespace plain {
Tensor batch_norm_add(const Tensor& x, const BatchNorm& norm, const Tensor& residual, const Tensor& factors);
}  // namespace plain

}  // namespace acinus::ops
