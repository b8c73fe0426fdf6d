#include "core/ops/batch_norm.h"

#include "core/ops/recompute.h"

namespace acinus::ops {

BatchNorm::BatchNorm(nn::BatchNorm2dImpl& module)
    : weight(module.weight),
      bias(module.bias),
      running_mean(module.running_mean),
      running_var(module.running_var),
      batches(module.num_batches_tracked),
      eps(module.options.eps()),
      momentum(module.options.momentum().value()),
      training(module.is_training()) {
  if (!training || !recomputing()) return;
  running_mean = running_mean.clone();
  running_var = running_var.clone();
  batches = Tensor();
}

namespace plain {

Tensor batch_norm(const Tensor& x, const BatchNorm& norm) {
  if (norm.training && norm.batches.defined()) Tensor(norm.batches).add_(1);
  return at::batch_norm(x, norm.weight, norm.bias, norm.running_mean, norm.running_var, norm.training, norm.momentum, norm.eps,
                        /*cudnn_enabled=*/true);
}

Tensor batch_norm_act(const Tensor& x, const BatchNorm& norm, Activation activation) {
  return activated(batch_norm(x, norm), activation);
}

Tensor batch_norm_add(const Tensor& x, const BatchNorm& norm, const Tensor& residual, const Tensor& factors) {
  const Tensor z = batch_norm(x, norm);
  return factors.defined() ? at::addcmul(residual, z, factors.view({-1, 1, 1, 1}).to(z.scalar_type())) : z + residual;
}

}  // namespace plain

}  // namespace acinus::ops
