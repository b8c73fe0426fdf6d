#include "core/train/validation_track.h"

#include <cmath>
#include <utility>

namespace acinus {

Verdict ValidationTrack::judge(const ValidationScores& scores, int64_t epoch) {
  const double value = metric_value(scores, options_.metric);
  Verdict verdict{outlier_test(state_.history, value, options_.outlier)};
  if (verdict.test.outlier) {
    if (const auto& average = ema()) {
      const double usual = metric_value(*average, options_.metric);
      const double drop = options_.metric == "loss" ? value - usual : usual - value;
      verdict.catastrophe = !std::isfinite(value) || drop > options_.rollback_drop * std::abs(usual);
    }
    state_.waiting.push_back(scores);
    verdict.accepted = std::isfinite(value) && static_cast<int64_t>(state_.waiting.size()) >= options_.accept_after;
    if (!verdict.accepted) return verdict;
    state_.history.clear();
    for (const auto& waited : std::exchange(state_.waiting, {})) accept(waited);
  } else {
    state_.waiting.clear();
    accept(scores);
  }
  const double average = metric_value(*ema(), options_.metric);
  verdict.best = better(options_.metric, average, state_.best_value);
  if (verdict.best) {
    state_.best_epoch = epoch;
    state_.best_value = average;
  }
  return verdict;
}

void ValidationTrack::accept(const ValidationScores& scores) {
  const double value = metric_value(scores, options_.metric);
  if (!std::isfinite(value)) return;  // waited in a row of outliers that became a level
  state_.ema.update(scores);
  state_.history.push_back(value);
  if (static_cast<int64_t>(state_.history.size()) > options_.outlier.window) state_.history.erase(state_.history.begin());
}

}  // namespace acinus
