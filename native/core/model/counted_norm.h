// BatchNorm2d that counts its training steps. Running statistics that did not come from a file begin as a cumulative average:
// at the n-th step the momentum is max(momentum, 1/(n + 1)) (METHOD section 3). The count is no state entry, smp has none.
#pragma once

#include "core/model/model.h"
#include "core/ops/batch_norm.h"

namespace acinus {

class CountedNormImpl : public nn::BatchNorm2dImpl {
 public:
  explicit CountedNormImpl(const nn::BatchNorm2dOptions& options) : nn::BatchNorm2dImpl(options) {}
  // For one use in a forward pass: in training each view is a step. A view made while a block is computed again is none.
  ops::BatchNorm view();

  // Training steps so far; none where the momentum stays as it is.
  std::optional<int64_t> steps;
};
TORCH_MODULE(CountedNorm);

// The norms of a network with their paths, in registration order.
std::vector<std::pair<std::string, CountedNormImpl*>> counted_norms(const nn::Module& network);

// kAdaptive: each norm counts from 0. kFixed: none counts.
void begin_counting(const nn::Module& network, NormMomentum norm_momentum);

// Of each norm, int64 on the CPU; −1 where there is no count.
Tensor norm_steps(const nn::Module& network);
// ACINUS_CHECKPOINT when `steps` is of another network.
void set_norm_steps(const nn::Module& network, const Tensor& steps);

}  // namespace acinus
