// What the trainer does about BatchNorm's running statistics: measures them anew, and tells where they lag behind the weights.
#include <c10/core/DeviceGuard.h>

#include "core/data/batcher.h"
#include "core/error.h"
#include "core/train/frozen_encoder.h"
#include "core/train/measured_statistics.h"
#include "core/train/running_statistics.h"
#include "core/train/trainer.h"

namespace acinus {

namespace {

constexpr int64_t kMeasuredBatches = 64;  // at most
constexpr int64_t kComparedBatches = 4;
constexpr double kParted = 1.3;     // times the training loss
constexpr double kExplained = 0.5;  // of what validation loses more

// The network's mode in a scope, and afterwards the one of before.
class ModeScope {
 public:
  explicit ModeScope(nn::Module& network) : network_(network), was_training_(network.is_training()) {}
  ~ModeScope() { network_.train(was_training_); }
  ModeScope(const ModeScope&) = delete;
  ModeScope& operator=(const ModeScope&) = delete;

 private:
  nn::Module& network_;
  bool was_training_;
};

}  // namespace

void Trainer::measure_statistics(std::stop_token stop) { measure_statistics_of(*segmenter_, stop); }

// On batches as this epoch's training sees them: sampled, cropped and augmented.
void Trainer::measure_statistics_of(Segmenter& segmenter, std::stop_token stop) {
  const std::lock_guard lock(segmenter.mutex());
  const c10::DeviceGuard on_device(segmenter.device());
  SegmentationModel& network = segmenter.network();
  const ModeScope mode(network);
  network.train();
  const FrozenEncoder frozen(network.encoder(), position_.epoch < options_.frozen_encoder_epochs);
  network.set_recompute(false);
  const auto order = batches(position_.epoch);
  const auto count = std::min(kMeasuredBatches, static_cast<int64_t>(order.size()));
  acinus::measure_statistics(network, count, [&](int64_t i) {
    if (stop.stop_requested()) throw Error("ACINUS_ABORTED", "The measuring of running statistics was stopped.");
    network.set_step_seed({options_.seed, static_cast<uint64_t>(i)});
    const Drawn drawn = draw(segmenter, first_look_up(order[static_cast<size_t>(i)]), position_.epoch);
    forward(segmenter, drawn.images.image, drawn.edges);
  });
}

Trainer::LookUp Trainer::first_look_up(const std::vector<int64_t>& indices) const {
  LookUp out{{}, indices};
  for (const int64_t index : indices) out.stored.push_back(data_.train_indices[static_cast<size_t>(index)]);
  return out;
}

// The same images and weights, once with each batch's own statistics and once with the running ones: what differs is theirs.
void Trainer::tell_lag(double training_loss, double validation_loss, const Report& report) {
  if (average_ || own_.loss || !(validation_loss > kParted * training_loss)) return;
  const std::lock_guard lock(segmenter_->mutex());
  const c10::DeviceGuard on_device(segmenter_->device());
  const torch::NoGradGuard no_grad;
  SegmentationModel& network = segmenter_->network();
  const ModeScope mode(network);
  network.set_recompute(false);
  network.set_step_seed({options_.seed, 0});
  RunningStatistics statistics(network);
  const auto order = batches(position_.epoch);
  const size_t count = std::min(static_cast<size_t>(kComparedBatches), order.size());
  StatisticsEvent event{position_.epoch, 0, 0, 0};
  Tensor sums = torch::zeros(
      {2}, torch::TensorOptions(segmenter_->device()).dtype(torch::kFloat));  // with own statistics, with running ones
  for (size_t i = 0; i < count; ++i) {
    const Drawn drawn = draw(*segmenter_, first_look_up(order[i]), position_.epoch);
    const auto loss_in = [&](bool training) {
      network.train(training);
      const Tensor logits = forward(*segmenter_, drawn.images.image, drawn.edges);
      return loss_of(logits, drawn.images.mask, drawn.ignoring, /*training=*/false, {}, drawn.weights).total;
    };
    const Tensor own = loss_in(true);
    statistics.restore();
    sums += at::stack({own, loss_in(false)}) * static_cast<double>(order[i].size());
    event.images += static_cast<int64_t>(order[i].size());
  }
  const Tensor means = (sums / static_cast<double>(event.images)).to(torch::kCPU, torch::kFloat64);
  event.batch_loss = means.const_data_ptr<double>()[0];
  event.running_loss = means.const_data_ptr<double>()[1];
  if (event.running_loss - event.batch_loss > kExplained * (validation_loss - training_loss)) report(event);
}

}  // namespace acinus
