#include "core/train/validation_track.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace acinus {

namespace {

// Far above what rounding makes of an average of equal values, far below any difference that matters: of equal epochs the first
// is the best.
constexpr double kRounding = 1e-9;

}  // namespace

Verdict ValidationTrack::judge(const ValidationScores& scores, int64_t epoch) {
  const double value = metric_value(scores, options_.metric);
  const Better direction = better_of(options_.metric);
  Verdict verdict{outlier_test(state_.history, value, options_.outlier, direction)};
  verdict.catastrophe = is_catastrophe(value);
  if (verdict.test.outlier || (verdict.catastrophe && options_.rollback)) {
    if (std::isfinite(value)) {
      state_.waiting.push_back(scores);
      if (static_cast<int64_t>(state_.waiting.size()) > options_.accept_after) state_.waiting.erase(state_.waiting.begin());
    } else {
      state_.waiting.clear();
    }
    verdict.accepted = is_new_level(verdict.test.limit) && !(verdict.catastrophe && options_.rollback);
    if (!verdict.accepted) return verdict;
    state_.history.clear();
    for (const auto& waited : std::exchange(state_.waiting, {})) accept(waited);
  } else {
    state_.waiting.clear();
    accept(scores);
  }
  const double average = metric_value(*ema(), options_.metric);
  const bool lags = shortfall(value, average, direction) > kRounding;
  verdict.best = !lags && shortfall(state_.best.average, average, direction) > kRounding;
  if (verdict.best) state_.best = {epoch, average, scores};
  return verdict;
}

bool ValidationTrack::is_catastrophe(double value) const {
  const auto& history = state_.history;
  if (history.empty() || static_cast<int64_t>(history.size()) < options_.outlier.minimum) return false;
  if (!std::isfinite(value)) return true;
  const double usual = median({history.end() - options_.outlier.minimum, history.end()});
  return shortfall(value, usual, better_of(options_.metric)) > options_.rollback_drop * std::abs(usual);
}

bool ValidationTrack::is_new_level(double limit) const {
  const auto& waiting = state_.waiting;
  if (static_cast<int64_t>(waiting.size()) < options_.accept_after) return false;
  std::vector<double> values;
  for (const auto& scores : waiting) values.push_back(metric_value(scores, options_.metric));
  return spread(values) <= limit;
}

void ValidationTrack::accept(const ValidationScores& scores) {
  state_.ema.update(scores);
  state_.history.push_back(metric_value(scores, options_.metric));
  if (static_cast<int64_t>(state_.history.size()) > options_.outlier.window) state_.history.erase(state_.history.begin());
}

}  // namespace acinus
