// The training loop (METHOD sections 5 to 8). fit() is written with the calls that a script can make itself.
#pragma once

#include <chrono>
#include <stop_token>

#include "core/data/batcher.h"
#include "core/image/augment.h"
#include "core/io/run_checkpoint.h"
#include "core/precision.h"
#include "core/predict/segmenter.h"
#include "core/train/event.h"
#include "core/train/loss_weights.h"
#include "core/train/optimizer.h"
#include "core/train/own.h"
#include "core/train/validation_track.h"
#include "core/train/weight_ema.h"

namespace acinus {

struct CheckpointFiles {
  std::filesystem::path best, last;  // the best epoch's weights; where the run stands
};

struct TrainOptions {
  int64_t epochs;
  int64_t batch_size;
  CropOptions crops;
  uint64_t seed;
  Precision precision;
  bool recompute;  // blocks of the network are computed again in the backward pass, for less memory
  AugmentOptions augment;
  LossOptions loss;
  std::vector<LossWeights> loss_weights;  // by epoch, in place of those of `loss`; empty: none
  OptimizerOptions optimizer;             // its total_steps is set by the trainer
  ValidationOptions validation;
  bool restore_best;                            // fit() that ends by itself leaves the best weights in the network
  int64_t patience;                             // fit() ends after so many epochs without a better one; 0: it does not
  double seconds;                               // fit() ends when it has worked for so long; 0: it does not
  std::filesystem::path stop_file;              // fit() ends where there is such a file; empty: it does not
  int64_t frozen_encoder_epochs;                // the encoder is frozen for so many epochs from the run's start
  std::optional<CheckpointFiles> checkpoints;   // none are written without it
  std::map<std::string, std::string> metadata;  // of every checkpoint
};

struct TrainData {
  std::shared_ptr<const SampleStore> train, validation;
  std::vector<int64_t> train_indices, validation_indices;  // into their stores
  std::vector<double> weights;                             // one per train index; empty: every image once, shuffled
  uint64_t sampler_seed = 0;
  int64_t draws = 0;  // of each epoch, by an order of one's own; 0: as many as images
};

struct FitResult {
  std::string reason;  // finished | stopped | patience | minutes | stopFile
  int64_t epoch;       // epochs completed
  BestEpoch best;
  std::string best_path;  // of its checkpoint; empty without a run folder or a best epoch
  double seconds;
};

// Where a run stands. All randomness follows from it and the seeds, so that a stopped run continues as if it had not stopped.
struct Position {
  int64_t epoch = 0;
  int64_t batch = 0;  // batches of this epoch already done
  int64_t step = 0;   // batches of the whole run already done
};

class Trainer {
 public:
  // ACINUS_EMPTY_SET, ACINUS_CONFIG. The segmenter must already be on its device.
  Trainer(std::shared_ptr<Segmenter> segmenter, TrainData data, TrainOptions options);

  // From the current position to the last epoch, or to a stop, which finishes the step and writes the last checkpoint. `settle`
  // is called before that file is written, and when it fails the file stays as it is: a run must not have a checkpoint which is
  // ahead of its log.
  FitResult fit(std::stop_token stop, const Report& report, const Settle& settle);
  // One batch: indices into the train set's own order. The segmenter is locked for its duration, as for each call below. Where
  // a loss of one's own fails, or is stopped (ACINUS_ABORTED), the step has not happened.
  StepResult step(const std::vector<int64_t>& indices, int64_t epoch);
  // With averaged weights their running statistics are measured anew first.
  ValidationScores validate(std::stop_token stop);
  // Replaces the running statistics by the mean over at most 64 batches of the epoch at hand, as training sees them.
  void measure_statistics(std::stop_token stop);
  // What is left to do after the steps of an epoch: validation where it is due, average, outlier test, best and last
  // checkpoint. All of it is reported, the epoch itself last but for checkpoints. Nothing where a stop cut the validation
  // short: the position stays at the end of the epoch, and resuming validates again.
  std::optional<EpochEvent> end_epoch(std::stop_token stop, const Report& report, const Settle& settle);
  // Functions in place of what is built in, until others are taken; empty ones: what is built in.
  void take(Own own) { own_ = std::move(own); }
  // Weights of the loss's terms from the next step on; options with weights by epoch come before them.
  void set_loss_weights(LossWeights weights) { loss_weights_.set(std::move(weights)); }
  const LossWeights& loss_weights() const { return loss_weights_.of(position_.epoch); }
  void checkpoint(const std::filesystem::path& path);
  Position resume(const std::filesystem::path& path);
  // Estimated peak bytes of tensors during a training step on images of this size; the network is left as it was.
  int64_t estimate_memory(int64_t height, int64_t width);

 private:
  using Clock = std::chrono::steady_clock;
  struct TermTotal {
    double sum = 0;
    int64_t batches = 0;
  };
  struct EpochTotals {
    double loss = 0;  // sum over the batches with a finite loss
    int64_t batches = 0;
    std::map<std::string, TermTotal> terms;
    int64_t skipped = 0;
    double learning_rate = 0;
    double seconds = 0;

    void add(const StepResult& result);
    NamedValues mean_terms() const;
  };
  struct LookUp {
    std::vector<int64_t> stored, draws;
  };
  struct GoodState {  // what a rollback returns to
    int64_t epoch = -1;
    StateDict weights, moments, average;
    Tensor norm_steps;
    int64_t average_updates = 0;
  };

  struct Drawn {
    Augmented images;
    Tensor edges;                 // undefined unless they are computed before augmentation
    bool ignoring;                // whether pixels of the batch do not count
    std::vector<double> weights;  // how much each image counts in the loss; empty: all count 1
  };

  // A batch as training sees it: cropped and augmented.
  Drawn draw(Segmenter& segmenter, const LookUp& images, int64_t epoch) const;
  Batch transformed(const std::vector<int64_t>& stored, const std::vector<int64_t>& draws, const AugmentKey& key,
                    torch::Device device) const;
  Tensor forward(Segmenter& segmenter, const Tensor& image, const Tensor& edges) const;
  LossValue loss_of(const Tensor& logits, const Tensor& target, bool ignoring, bool training,
                    std::optional<double> share_of_cells = {}, std::vector<double> image_weights = {}) const;
  StepResult record(const LossValue& loss, const OptimizerResult& update, Clock::time_point begin);
  const char* over() const;  // why fit() is to end before the last epoch; null where it is not
  double validation_share();
  bool judge(const ValidationScores& scores, const Report& report);
  void enter(int64_t epoch);
  std::vector<int64_t> order_of(int64_t epoch) const;
  std::vector<std::vector<int64_t>> batches(int64_t epoch) const;
  LookUp look_up(const std::vector<int64_t>& indices);
  LookUp first_look_up(const std::vector<int64_t>& indices) const;  // as if none was drawn before
  Segmenter& judged();  // the network that validation and the best checkpoint take: the average where there is one
  static double since(Clock::time_point begin);

  // trainer_statistics.cpp
  void measure_statistics_of(Segmenter& segmenter, std::stop_token stop);
  void tell_lag(double training_loss, double validation_loss, const Report& report);

  // trainer_state.cpp
  FitResult end(const char* reason, const Report& report, const Settle& settle);
  void write_best(const Report& report);
  void keep_best();
  void restore_best();
  std::optional<std::filesystem::path> best_file() const;  // none without a run folder, or where it holds none
  void write_last(const Report& report, const Settle& settle);
  void keep_good_state();
  void roll_back();
  RunState run_state() const;
  void restore(const RunState& state);

  std::shared_ptr<Segmenter> segmenter_;
  TrainData data_;
  TrainOptions options_;
  int64_t steps_per_epoch_;
  Optimizer optimizer_;
  ValidationTrack track_;
  RunningLossWeights loss_weights_;
  Own own_;
  std::optional<double> validation_share_;
  std::unique_ptr<WeightEma> average_;  // made by the first call that needs it; none without weight_ema
  Position position_;
  EpochTotals totals_;
  std::unordered_map<int64_t, int64_t> draws_;  // how often each image was drawn in this epoch
  GoodState good_;
  StateDict best_weights_;  // with restore_best and without a run folder
  Clock::time_point start_ = Clock::now();
};

}  // namespace acinus
