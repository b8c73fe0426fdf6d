#include "core/train/loss_scale.h"

namespace acinus {

namespace {

constexpr double kInitialScale = 65536.0;
constexpr double kGrowth = 2.0;
constexpr double kBackoff = 0.5;
constexpr int64_t kGrowthInterval = 2000;

}  // namespace

LossScale::LossScale(Precision precision, torch::Device device) : active_(precision == Precision::kFp16) {
  if (!active_) return;
  const auto options = torch::TensorOptions().device(device);
  scale_ = torch::full({1}, kInitialScale, options.dtype(torch::kFloat32));
  growth_tracker_ = torch::zeros({1}, options.dtype(torch::kInt32));
  found_infinite_ = torch::zeros({1}, options.dtype(torch::kFloat32));
}

Tensor LossScale::scaled(const Tensor& loss) const { return active_ ? loss * scale_.squeeze(0) : loss; }

void LossScale::unscale(const std::vector<Tensor>& gradients) {
  if (!active_) return;
  found_infinite_.zero_();
  at::_amp_foreach_non_finite_check_and_unscale_(gradients, found_infinite_, scale_.reciprocal());
}

void LossScale::update() {
  if (active_) at::_amp_update_scale_(scale_, growth_tracker_, found_infinite_, kGrowth, kBackoff, kGrowthInterval);
}

StateDict LossScale::state() const {
  if (!active_) return {};
  return {{"loss_scale.scale", scale_.clone()}, {"loss_scale.growth_tracker", growth_tracker_.to(torch::kInt64)}};
}

void LossScale::restore(const StateDict& state) {
  if (!active_) return;
  for (const auto& [name, value] : state) {
    if (name == "loss_scale.scale") scale_.copy_(value);
    if (name == "loss_scale.growth_tracker") growth_tracker_.copy_(value);
  }
}

}  // namespace acinus
