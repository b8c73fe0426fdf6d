// The 1cycle schedule (paper eq. 5, METHOD section 5): numerically PyTorch's OneCycleLR with anneal_strategy="cos".
#pragma once

#include <cstdint>
#include <optional>

namespace acinus {

struct ScheduleOptions {
  double max_learning_rate = 3e-4;
  double pct_start = 0.1;  // share of the steps that warms up
  double div_factor = 25.0;
  double final_div_factor = 40.0;
  bool cycle_momentum = true;
  double base_momentum = 0.85;  // beta1 at the peak of the learning rate
  double max_momentum = 0.95;
};

struct ScheduleValue {
  double learning_rate = 0;
  std::optional<double> beta1;  // absent: the optimizer's own, because cycle_momentum is off
};

// The value that optimizer step `step` (from 0) of `total_steps` uses; steps past the end keep the last value.
ScheduleValue one_cycle(int64_t step, int64_t total_steps, const ScheduleOptions& options);

}  // namespace acinus
