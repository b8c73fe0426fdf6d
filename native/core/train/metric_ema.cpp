#include "core/train/metric_ema.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace acinus {

std::array<double, ValidationScores::kCount> ValidationScores::values() const {
  return {dice, dice_with_cells, dice_micro, iou_micro, precision_micro, recall_micro, loss};
}

ValidationScores ValidationScores::from(const std::array<double, kCount>& v) {
  return {v[0], v[1], v[2], v[3], v[4], v[5], v[6]};
}

double metric_value(const ValidationScores& scores, Metric metric) {
  switch (metric) {
    case Metric::kDiceCombined:
      return std::isnan(scores.dice_with_cells) ? scores.dice_micro : (scores.dice_with_cells + scores.dice_micro) / 2.0;
    case Metric::kDicePerImage:
      return scores.dice;
    case Metric::kDiceWithCells:
      return scores.dice_with_cells;
    case Metric::kDiceMicro:
      return scores.dice_micro;
    case Metric::kIouMicro:
      return scores.iou_micro;
    case Metric::kLoss:
      return scores.loss;
  }
  throw std::logic_error("no such metric");
}

Better better_of(Metric metric) { return metric == Metric::kLoss ? Better::kLower : Better::kHigher; }

double worst(Metric metric) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return better_of(metric) == Better::kLower ? infinity : -infinity;
}

double default_ema_decay(int64_t validations) {
  const double horizon = std::clamp(static_cast<double>(validations) / 20.0, 1.0, 10.0);
  return 1.0 - 1.0 / horizon;
}

void MetricEma::update(const ValidationScores& scores) {
  const auto now = scores.values();
  for (size_t i = 0; i < now.size(); ++i) {
    if (std::isnan(now[i])) continue;
    state_.sums[i] = decay_ * state_.sums[i] + (1.0 - decay_) * now[i];
    state_.weights[i] = decay_ * state_.weights[i] + (1.0 - decay_);
  }
}

std::optional<ValidationScores> MetricEma::value() const {
  Numbers corrected{};
  bool any = false;
  for (size_t i = 0; i < corrected.size(); ++i) {
    const bool known = state_.weights[i] > 0;
    any = any || known;
    corrected[i] = known ? state_.sums[i] / state_.weights[i] : std::numeric_limits<double>::quiet_NaN();
  }
  if (!any) return std::nullopt;
  return ValidationScores::from(corrected);
}

}  // namespace acinus
