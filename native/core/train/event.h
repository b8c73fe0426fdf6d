// Everything a training run says; `TrainEvent` of lib/addon/contract.ts.
#pragma once

#include <functional>
#include <string>
#include <variant>

#include "core/loss/loss.h"
#include "core/train/validation_track.h"

namespace acinus {

struct StepResult {
  int64_t step = 0;  // batches from 0 over the whole run
  int64_t epoch = 0;
  double loss = 0;
  NamedValues terms;                    // before their weights; of the terms that have one
  std::optional<double> gradient_norm;  // before clipping; absent on a batch that only accumulates
  double learning_rate = 0;
  const char* skipped = nullptr;  // "loss" or "gradient": the optimizer step that this batch closes was left out
  int64_t skipped_in_a_row = 0;
  std::optional<NamedValues> loss_weights;  // of the terms, where they are not those of the step before
};

struct StartEvent {
  int64_t epoch, epochs, steps_per_epoch, total_steps, images;
  bool resumed;
};

struct StepEvent {
  double time;  // seconds since the run's start
  StepResult result;
};

struct EpochEvent {
  int64_t epoch;
  double loss;        // mean over the batches whose loss was finite
  NamedValues terms;  // each the mean over those of these batches that had it
  double seconds;
  double learning_rate;  // of the last step
  int64_t skipped_steps;
  std::optional<ValidationScores> validation;  // absent when this epoch was not validated
  std::optional<ValidationScores> ema;
  bool best = false;
};

struct OutlierEvent {
  int64_t epoch;
  Metric metric;
  double value, median, limit;
  bool accepted;
};

struct SkippedStepEvent {
  int64_t epoch, step;
  std::string reason;
  int64_t in_a_row;
};

struct RollbackEvent {
  int64_t epoch;
  int64_t from;  // the epoch that failed
  int64_t to;    // the epoch whose weights are back
};

// Validation lost much more than training, and the running statistics explain half of it or more: so much more the same
// training images lose with them than with each batch's own statistics.
struct StatisticsEvent {
  int64_t epoch;
  int64_t images;
  double batch_loss, running_loss;
};

struct CheckpointEvent {
  int64_t epoch;
  std::string path;
  std::string kind;  // best | last
};

struct EndEvent {
  std::string reason;  // finished | stopped | patience | minutes | stopFile
  int64_t epoch;       // epochs completed
  BestEpoch best;
  std::string best_path;  // of its checkpoint; empty without a run folder or a best epoch
  double seconds;
};

using TrainEvent = std::variant<StartEvent, StepEvent, EpochEvent, OutlierEvent, SkippedStepEvent, RollbackEvent,
                                StatisticsEvent, CheckpointEvent, EndEvent>;
using Report = std::function<void(const TrainEvent&)>;
// Returns when everything reported so far is on disk; false when it cannot be.
using Settle = std::function<bool()>;

}  // namespace acinus
