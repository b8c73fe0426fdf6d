#include "core/ops/adamw.h"

namespace acinus::ops::plain {

void adamw_step(const AdamWTensors& all, const AdamWRates& rates, const Tensor& gradient_scale) {
  at::_foreach_add_(all.steps, 1);
  at::_fused_adamw_(all.parameters, all.gradients, all.exp_avgs, all.exp_avg_sqs, {}, all.steps, rates.learning_rate,
                    rates.beta1, rates.beta2, rates.weight_decay, rates.eps, /*amsgrad=*/false, /*maximize=*/false,
                    gradient_scale.defined() ? std::optional(gradient_scale) : std::nullopt);
}

Tensor total_norm(const std::vector<Tensor>& gradients) {
  return gradients.empty() ? torch::zeros({}) : at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients, 2)), 2);
}

}  // namespace acinus::ops::plain
