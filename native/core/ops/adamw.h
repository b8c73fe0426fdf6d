// AdamW's step over all parameters at once, and the norm of their gradients.
#pragma once

#include "core/torch.h"

namespace acinus::ops {

// One entry for every parameter. Tensors are in the memory order of their parameter. `steps` counts the steps taken: [] float.
struct AdamWTensors {
  std::vector<Tensor> parameters, gradients, exp_avgs, exp_avg_sqs, steps;

  template <class Visit>
  void visit_tensors(Visit visit) const {
    for (const auto* each : {&parameters, &gradients, &exp_avgs, &exp_avg_sqs, &steps}) visit(*each);
  }
};
struct AdamWRates {
  double learning_rate, beta1, beta2, weight_decay, eps;
};

// Numerically torch.optim.AdamW(fused=True). Gradients are divided by `gradient_scale`, a float on their device, where it is
// defined; the gradients' values afterwards are unspecified.
void adamw_step(const AdamWTensors& all, const AdamWRates& rates, const Tensor& gradient_scale);

// The 2-norm of all gradients taken together, [] on their device, as torch.nn.utils.get_total_norm.
Tensor total_norm(const std::vector<Tensor>& gradients);

// The plain version, by LibTorch's operators.
namespace plain {

void adamw_step(const AdamWTensors& all, const AdamWRates& rates, const Tensor& gradient_scale);
Tensor total_norm(const std::vector<Tensor>& gradients);

}  // namespace plain

}  // namespace acinus::ops
