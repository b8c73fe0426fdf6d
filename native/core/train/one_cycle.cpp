#include "core/train/one_cycle.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace acinus {

namespace {

double anneal(double start, double end, double fraction) {
  return end + (start - end) / 2.0 * (std::cos(std::numbers::pi * fraction) + 1.0);
}

}  // namespace

ScheduleValue one_cycle(int64_t step, int64_t total_steps, const ScheduleOptions& options) {
  const double initial = options.max_learning_rate / options.div_factor;
  const double minimum = initial / options.final_div_factor;
  const double last = static_cast<double>(std::max<int64_t>(total_steps, 1) - 1);
  const double peak = options.pct_start * (last + 1.0) - 1.0;  // as PyTorch: negative when the warm-up has less than one step
  const double position = std::min(static_cast<double>(std::max<int64_t>(step, 0)), last);

  const bool rising = position <= peak;
  const double start = rising ? 0.0 : peak;
  const double end = rising ? peak : last;
  const double fraction = end > start ? (position - start) / (end - start) : 1.0;  // a phase of one step is at its end

  ScheduleValue value;
  value.learning_rate =
      rising ? anneal(initial, options.max_learning_rate, fraction) : anneal(options.max_learning_rate, minimum, fraction);
  if (options.cycle_momentum) {
    value.beta1 = rising ? anneal(options.max_momentum, options.base_momentum, fraction)
                         : anneal(options.base_momentum, options.max_momentum, fraction);
  }
  return value;
}

}  // namespace acinus
