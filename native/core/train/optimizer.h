// From losses to weights: accumulation, loss scale, clipping, guards, schedule and AdamW (METHOD sections 5 and 6).
#pragma once

#include "core/train/adamw.h"
#include "core/train/loss_scale.h"
#include "core/train/one_cycle.h"
#include "core/train/running_statistics.h"

namespace acinus {

struct LearningRates {
  double rest, encoder;
};

struct OptimizerOptions {
  AdamWOptions adamw;
  double gradient_clip;       // global 2-norm, as torch.nn.utils.clip_grad_norm_; 0: never clipped
  int64_t max_skipped_steps;  // in a row; one more throws ACINUS_NOT_FINITE
  int64_t accumulation;       // batches per optimizer step; each loss counts 1/accumulation
  ScheduleOptions schedule;
  int64_t total_steps;  // optimizer steps of the whole run
  // Learning rates of optimizer step 0, 1, … in place of the schedule's; the last holds on. beta1 is then the optimizer's own.
  std::vector<LearningRates> learning_rates = {};
};

struct OptimizerResult {
  double learning_rate = 0;             // of the optimizer step that this batch belongs to
  std::optional<double> gradient_norm;  // before clipping; absent on a batch that only accumulates
  const char* skipped = nullptr;        // "loss" or "gradient" on the batch that closes a skipped step
  int64_t skipped_in_a_row = 0;
  Tensor values;  // those that were given with the loss, double [n] on the CPU
};

class Optimizer {
 public:
  // `encoder`: beginning of the names of the encoder's parameters.
  Optimizer(const nn::Module& network, const std::string& encoder, torch::Device device, Precision precision,
            const OptimizerOptions& options);

  // Backward; then, on every accumulation-th batch and on the last of an epoch, clips, steps and advances the schedule. An
  // incomplete last accumulation still steps, with each of its losses counting 1/accumulation. A loss or a gradient that is not
  // finite skips the step, without a trace in weights, moments and running statistics; the schedule moves on.
  //
  // `values`: [n], the loss and whatever else is to be told of the batch, detached. They and the norm of the gradients are all
  // that is read from the device, at once and after everything else of the batch but the step itself.
  OptimizerResult accumulate(const Tensor& loss, bool last_of_epoch, const Tensor& values);

  int64_t steps() const { return steps_; }
  StateDict state() const;
  void restore(const StateDict& state);
  // Weights of the run's last good moment have come back: moments of then, the schedule of now.
  void restore_moments(const StateDict& state) { adamw_.restore(state); }
  StateDict moments() const { return adamw_.state(); }

 private:
  struct Rates {
    double rest;
    std::optional<double> encoder, beta1;
  };
  Rates rates(int64_t step) const;
  Tensor unscaled_norm();
  void close(const Tensor& norm, OptimizerResult& result);
  void skip(OptimizerResult& result, const char* reason);

  OptimizerOptions options_;
  StateDict parameters_;
  AdamW adamw_;
  LossScale scale_;
  RunningStatistics statistics_;
  int64_t steps_ = 0;      // optimizer steps taken or skipped: the position in the schedule
  int64_t pending_ = 0;    // batches accumulated towards the next one
  bool poisoned_ = false;  // one of them had a loss that is not finite
  int64_t skipped_in_a_row_ = 0;
};

}  // namespace acinus
