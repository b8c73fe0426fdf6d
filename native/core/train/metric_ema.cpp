#include "core/train/metric_ema.h"

#include <cmath>

#include "core/error.h"

namespace acinus {

std::array<double, ValidationScores::kCount> ValidationScores::values() const {
  return {dice, dice_with_cells, dice_micro, iou_micro, precision_micro, recall_micro, loss};
}

ValidationScores ValidationScores::from(const std::array<double, kCount>& v) {
  return {v[0], v[1], v[2], v[3], v[4], v[5], v[6]};
}

double metric_value(const ValidationScores& scores, const std::string& metric) {
  if (metric == "dicePerImage") return scores.dice;
  if (metric == "diceWithCells") return scores.dice_with_cells;
  if (metric == "diceMicro") return scores.dice_micro;
  if (metric == "iouMicro") return scores.iou_micro;
  if (metric == "loss") return scores.loss;
  throw Error("ACINUS_CONFIG",
              "'" + metric + "' is not a selection metric; use dicePerImage, diceWithCells, diceMicro, iouMicro or loss.",
              {.value = metric});
}

bool better(const std::string& metric, double candidate, double best) {
  return metric == "loss" ? candidate < best : candidate > best;
}

double worst(const std::string& metric) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return metric == "loss" ? infinity : -infinity;
}

const ValidationScores& MetricEma::update(const ValidationScores& scores) {
  if (!value_) return value_.emplace(scores);
  auto average = value_->values();
  const auto now = scores.values();
  for (size_t i = 0; i < average.size(); ++i) {
    if (std::isnan(now[i])) continue;
    average[i] = std::isnan(average[i]) ? now[i] : decay_ * average[i] + (1.0 - decay_) * now[i];
  }
  return value_.emplace(ValidationScores::from(average));
}

}  // namespace acinus
