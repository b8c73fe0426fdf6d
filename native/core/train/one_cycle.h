// The 1cycle schedule (paper eq. 5, METHOD section 5): numerically PyTorch's OneCycleLR with anneal_strategy="cos".
#pragma once

#include <cstdint>
#include <optional>

namespace acinus {

struct ScheduleOptions {
  double max_learning_rate;
  double pct_start;  // share of the steps that warms up
  double div_factor;
  double final_div_factor;
  bool cycle_momentum;
  double base_momentum;  // beta1 at the peak of the learning rate
  double max_momentum;
};

struct ScheduleValue {
  double learning_rate = 0;
  std::optional<double> beta1;  // absent: the optimizer's own, because cycle_momentum is off
};

// The value that optimizer step `step` (from 0) of `total_steps` uses; steps past the end keep the last value.
ScheduleValue one_cycle(int64_t step, int64_t total_steps, const ScheduleOptions& options);

}  // namespace acinus
