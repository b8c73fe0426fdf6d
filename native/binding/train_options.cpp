#include "binding/train_options.h"

#include "binding/options.h"
#include "binding/sample_store.h"
#include "binding/words.h"

namespace acinus::binding {

ScheduleOptions read_schedule_options(const Napi::Object& options) {
  return {.max_learning_rate = number(options, "maxLearningRate"),
          .pct_start = number(options, "pctStart"),
          .div_factor = number(options, "divFactor"),
          .final_div_factor = number(options, "finalDivFactor"),
          .cycle_momentum = boolean(options, "cycleMomentum"),
          .base_momentum = number(options, "baseMomentum"),
          .max_momentum = number(options, "maxMomentum")};
}

OptimizerOptions read_optimizer_options(const Napi::Object& options) {
  OptimizerOptions out{};
  out.adamw = {.weight_decay = number(options, "weightDecay"),
               .beta1 = number(options, "beta1"),
               .beta2 = number(options, "beta2"),
               .eps = number(options, "eps"),
               .encoder_learning_rate_factor = number(options, "encoderLearningRateFactor")};
  out.gradient_clip = number(options, "gradientClip");
  out.max_skipped_steps = integer(options, "maxSkippedSteps");
  return out;
}

OutlierOptions read_outlier_options(const Napi::Object& options) {
  return {.threshold = number(options, "outlierThreshold"),
          .window = integer(options, "outlierWindow"),
          .minimum = integer(options, "outlierMinimum"),
          .mad_floor = number(options, "madFloor")};
}

ValidationOptions read_validation_options(const Napi::Object& options) {
  return {.ema_decay = number_or(options, "emaDecay", "auto"),
          .metric = word(options, "metric", kMetrics),
          .outlier = read_outlier_options(options),
          .accept_after = integer(options, "acceptAfter"),
          .rollback = boolean(options, "rollback"),
          .rollback_drop = number(options, "rollbackDrop"),
          .every = integer(options, "every"),
          .batch_size = integer(options, "batch"),
          .weight_ema = number(options, "weightEma")};
}

TrainOptions read_train_options(const Napi::Object& options) {
  TrainOptions out{};
  out.epochs = integer(options, "epochs");
  out.batch_size = integer(options, "batch");
  out.crops = {.size = integer(options, "cropSize"), .on_cells = number(options, "cropOnCells")};
  out.seed = seed_value(options, "seed");
  out.precision = word(options, "precision", kPrecisions);
  out.recompute = word(options, "memory", kRecompute);
  out.augment = read_augment_options(object(options, "augment"));
  out.loss = read_loss_options(object(options, "loss"));
  const auto by_epoch = to_list(options.Get("lossWeights"), "lossWeights");
  for (uint32_t i = 0; i < by_epoch.Length(); ++i) {
    out.loss_weights.push_back(read_loss_weights(to_object(by_epoch.Get(i), "lossWeights")));
  }
  out.optimizer = read_optimizer_options(object(options, "optimizer"));
  out.optimizer.accumulation = integer(options, "accumulation");
  out.optimizer.schedule = read_schedule_options(object(options, "schedule"));
  out.validation = read_validation_options(object(options, "monitor"));
  out.restore_best = boolean(options, "restoreBest");
  out.patience = integer(options, "patience");
  out.seconds = 60 * number(options, "minutes");
  out.stop_file = text(options, "stopFile");
  const auto rates = copy_array<double>(options.Get("learningRates"), "learningRates");
  const auto encoder_rates = copy_array<double>(options.Get("encoderLearningRates"), "encoderLearningRates");
  for (size_t i = 0; i < rates.size(); ++i) out.optimizer.learning_rates.push_back({rates[i], encoder_rates.at(i)});
  out.frozen_encoder_epochs = integer(options, "frozenEncoderEpochs");
  if (!options.Get("checkpoints").IsNull()) {
    const Napi::Object checkpoints = object(options, "checkpoints");
    out.checkpoints = CheckpointFiles{text(checkpoints, "best"), text(checkpoints, "last")};
  }
  out.metadata = dictionary(options, "metadata");
  return out;
}

TrainData read_train_data(const Napi::Object& data) {
  TrainData out;
  out.train = unwrap_sample_store(data.Get("train"), "train");
  out.validation = unwrap_sample_store(data.Get("validation"), "validation");
  out.train_indices = integers(data.Get("trainIndices"), "trainIndices");
  out.validation_indices = integers(data.Get("validationIndices"), "validationIndices");
  out.weights = copy_array<double>(data.Get("weights"), "weights");
  out.sampler_seed = seed_value(data, "samplerSeed");
  out.draws = integer(data, "draws");
  return out;
}

}  // namespace acinus::binding
