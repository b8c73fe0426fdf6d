// What a run remembers of its validations: averages, the last accepted values, the best epoch (METHOD section 7).
#pragma once

#include "core/train/metric_ema.h"
#include "core/train/outlier.h"

namespace acinus {

struct ValidationOptions {
  std::optional<double> ema_decay;  // none: default_ema_decay of the run's validations
  Metric metric;
  OutlierOptions outlier;
  int64_t accept_after;  // so many outliers in a row that agree among themselves are a new level
  bool rollback;
  double rollback_drop;  // a value worse than the recent ones by this share of them is a catastrophe
  int64_t every;         // epochs
  int64_t batch_size;
  double weight_ema;  // decay of the weights' average; 0: none is kept
};

struct Verdict {
  OutlierResult test;
  bool accepted = true;  // counts towards average and selection
  bool best = false;
  bool catastrophe = false;
};

// The best epoch so far.
struct BestEpoch {
  int64_t epoch = -1;  // -1: none
  double average = 0;  // of the selection metric: what it was chosen by
  // The epoch's own scores; none in the state of runs that began before they were kept.
  std::optional<ValidationScores> scores;
};

class ValidationTrack {
 public:
  // validations: of the whole run.
  ValidationTrack(const ValidationOptions& options, int64_t validations)
      : options_(options), state_{options, options.ema_decay.value_or(default_ema_decay(validations))} {}

  // Outliers wait. When the last `accept_after` in a row lie within the limit of their own median, they are a new level: they
  // enter the average in their order, and the test goes on from them alone. A value that is not finite waits for nothing.
  //
  // The best epoch is the one with the best average among those whose own value is accepted and not worse than that average: a
  // falling score whose average still remembers better days is never the best.
  //
  // A catastrophe is a value worse than the median of the last `outlier.minimum` accepted ones by more than rollback_drop of
  // it. With `rollback` it is not accepted, since its weights are given up.
  Verdict judge(const ValidationScores& scores, int64_t epoch);
  void forget_waiting() { state_.waiting.clear(); }  // after a rollback

  std::optional<ValidationScores> ema() const { return state_.ema.value(); }
  const BestEpoch& best() const { return state_.best; }

  struct State {
    State(const ValidationOptions& options, double decay) : ema(decay), best{-1, worst(options.metric), {}} {}
    MetricEma ema;
    std::vector<double> history;            // accepted values of the metric, oldest first, at most a window
    std::vector<ValidationScores> waiting;  // the last outliers in a row, at most accept_after
    BestEpoch best;
  };
  const State& state() const { return state_; }
  void restore(State state) { state_ = std::move(state); }

 private:
  bool is_catastrophe(double value) const;
  bool is_new_level(double limit) const;
  void accept(const ValidationScores& scores);

  ValidationOptions options_;
  State state_;
};

}  // namespace acinus
