// Validation scores and their exponential moving average (paper eq. 6, METHOD section 7).
#pragma once

#include <array>
#include <limits>
#include <optional>
#include <string>

namespace acinus {

struct ValidationScores {
  double dice = 0;  // per-image mean over all images
  double dice_with_cells = 0;
  double dice_micro = 0;
  double iou_micro = 0;
  double precision_micro = 0;
  double recall_micro = 0;
  double loss = 0;

  static constexpr size_t kCount = 7;
  std::array<double, kCount> values() const;
  static ValidationScores from(const std::array<double, kCount>& values);
};

// dicePerImage | diceWithCells | diceMicro | iouMicro | loss; ACINUS_CONFIG otherwise.
double metric_value(const ValidationScores& scores, const std::string& metric);
// Whether `candidate` is a better value of the metric than `best`: higher, for the loss lower. NaN is never better.
bool better(const std::string& metric, double candidate, double best);
// The worst possible value: every value is better.
double worst(const std::string& metric);

// EMA_0 = first value, EMA_t = decay · EMA_{t−1} + (1 − decay) · value, each score by itself. A score that is undefined (NaN)
// in one validation leaves its average as it is.
class MetricEma {
 public:
  explicit MetricEma(double decay) : decay_(decay) {}
  const ValidationScores& update(const ValidationScores& scores);
  const std::optional<ValidationScores>& value() const { return value_; }
  void restore(std::optional<ValidationScores> value) { value_ = value; }

 private:
  double decay_;
  std::optional<ValidationScores> value_;
};

}  // namespace acinus
