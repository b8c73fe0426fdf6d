// Validation scores and their exponential moving average (paper eq. 6, METHOD section 7).
#pragma once

#include <array>
#include <limits>
#include <optional>

#include "core/train/outlier.h"

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

// What the best epoch and the outlier test look at. kDiceCombined is the mean of kDiceWithCells and kDiceMicro, so that images
// without cells count through their false positives alone; of a set without cells it is kDiceMicro.
enum class Metric { kDiceCombined, kDicePerImage, kDiceWithCells, kDiceMicro, kIouMicro, kLoss };

double metric_value(const ValidationScores& scores, Metric metric);
// Higher is better, except for the loss.
Better better_of(Metric metric);
// The worst possible value: every value is better.
double worst(Metric metric);

// The decay for a run of so many validations: 1 − 1/h with the horizon h = validations / 20, at least 1 and at most 10. The
// paper's 200 epochs give its 0.9; a run of up to 20 validations follows the raw scores.
double default_ema_decay(int64_t validations);

// EMA_t = decay · EMA_{t−1} + (1 − decay) · value from EMA_{−1} = 0, divided by 1 − decay^{t+1}, which takes the 0 out of it
// (bias correction as in Adam, Kingma & Ba 2015). Each score by itself: one that is undefined (NaN) in a validation leaves its
// average as it is.
class MetricEma {
 public:
  using Numbers = std::array<double, ValidationScores::kCount>;
  struct State {
    Numbers sums{};     // EMA_t
    Numbers weights{};  // 1 − decay^{t+1}; 0: no value yet
  };

  explicit MetricEma(double decay) : decay_(decay) {}
  void update(const ValidationScores& scores);
  // Corrected; a score without a value is NaN. Nothing before the first update.
  std::optional<ValidationScores> value() const;
  const State& state() const { return state_; }
  void restore(const State& state) { state_ = state; }

 private:
  double decay_;
  State state_;
};

}  // namespace acinus
