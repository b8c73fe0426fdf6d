#include "core/train/gradients.h"

#include "core/ops/autocast.h"
#include "core/train/loss_scale.h"
#include "core/train/running_statistics.h"

namespace acinus {

namespace {

// Train mode for the length of a scope; afterwards the mode of before and, unless `update`, the running statistics too.
class TrainingScope {
 public:
  TrainingScope(nn::Module& network, bool update) : network_(network), was_training_(network.is_training()) {
    if (!update) statistics_.emplace(network);
    network_.train();
  }
  ~TrainingScope() {
    network_.train(was_training_);
    if (statistics_) statistics_->restore();
  }
  TrainingScope(const TrainingScope&) = delete;
  TrainingScope& operator=(const TrainingScope&) = delete;

 private:
  nn::Module& network_;
  bool was_training_;
  std::optional<RunningStatistics> statistics_;
};

}  // namespace

Gradients training_gradients(Segmenter& segmenter, const Tensor& input, const Tensor& target, const GradientOptions& options) {
  auto& network = segmenter.network();
  const TrainingScope training(network, options.update_statistics);
  network.set_step_seed(options.seed);
  network.set_recompute(options.recompute);
  Gradients out;
  {
    const AutocastScope autocast(segmenter.device(), options.precision);
    out.logits = segmenter.forward(input);
  }
  out.loss = loss(out.logits, target.to(segmenter.device()), options.loss);

  std::vector<std::string> names;
  std::vector<Tensor> parameters, found;
  for (const auto& item : network.named_parameters()) {
    names.push_back(item.key());
    parameters.push_back(item.value());
  }
  LossScale scale(options.precision, segmenter.device());
  const auto gradients =
      torch::autograd::grad({scale.scaled(out.loss.total)}, parameters, {}, {}, false, /*allow_unused=*/true);
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) continue;
    out.parameters.emplace_back(names[i], gradients[i]);
    found.push_back(gradients[i]);
  }
  scale.unscale(found);
  out.logits = out.logits.detach();
  return out;
}

}  // namespace acinus
