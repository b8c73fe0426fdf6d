// What a run remembers of its validations: averages, the last accepted values, the best epoch (METHOD section 7).
#pragma once

#include "core/train/metric_ema.h"
#include "core/train/outlier.h"

namespace acinus {

struct ValidationOptions {
  double ema_decay = 0.9;
  std::string metric = "dicePerImage";
  OutlierOptions outlier;
  int64_t accept_after = 3;  // so many outliers in a row are a new level
  bool rollback = false;
  double rollback_drop = 0.5;  // an outlier worse than the average by this share of it is a catastrophe
  int64_t every = 1;           // epochs
  int64_t batch_size = 8;
  double weight_ema = 0;  // decay of the weights' average; 0: none is kept
};

struct Verdict {
  OutlierResult test;
  bool accepted = true;  // counts towards average and selection: no outlier, or one too many in a row
  bool best = false;
  bool catastrophe = false;
};

class ValidationTrack {
 public:
  explicit ValidationTrack(const ValidationOptions& options) : options_(options), state_{options} {}

  // Outliers wait. The `accept_after`-th in a row makes all that wait a new level: they enter the average in their order, and
  // the test goes on from them alone. The best epoch is the one with the best average.
  Verdict judge(const ValidationScores& scores, int64_t epoch);
  void forget_waiting() { state_.waiting.clear(); }  // after a rollback

  const std::optional<ValidationScores>& ema() const { return state_.ema.value(); }
  int64_t best_epoch() const { return state_.best_epoch; }
  double best_value() const { return state_.best_value; }

  struct State {
    explicit State(const ValidationOptions& options) : ema(options.ema_decay), best_value(worst(options.metric)) {}
    MetricEma ema;
    std::vector<double> history;            // accepted values of the metric, oldest first, at most a window
    std::vector<ValidationScores> waiting;  // outliers in a row
    int64_t best_epoch = -1;
    double best_value;
  };
  const State& state() const { return state_; }
  void restore(State state) { state_ = std::move(state); }

 private:
  void accept(const ValidationScores& scores);

  ValidationOptions options_;
  State state_;
};

}  // namespace acinus
