#include "core/train/running_statistics.h"

#include "core/model/counted_norm.h"

namespace acinus {

namespace {

const std::string kSteps = "norm_steps";

}  // namespace

RunningStatistics::RunningStatistics(const nn::Module& network) : network_(&network), steps_(norm_steps(network)) {
  for (const auto& item : network.named_buffers()) {
    names_.push_back("running." + item.key());
    buffers_.push_back(item.value());
    kept_.push_back(item.value().clone());
  }
}

void RunningStatistics::keep() {
  const torch::NoGradGuard no_grad;
  if (!kept_.empty()) at::_foreach_copy_(kept_, buffers_);
  steps_ = norm_steps(*network_);
}

void RunningStatistics::restore() {
  const torch::NoGradGuard no_grad;
  if (!buffers_.empty()) at::_foreach_copy_(buffers_, kept_);
  set_norm_steps(*network_, steps_);
}

StateDict RunningStatistics::state() const {
  StateDict out;
  for (size_t i = 0; i < kept_.size(); ++i) out.emplace_back(names_[i], kept_[i]);
  out.emplace_back("running." + kSteps, steps_);
  return out;
}

void RunningStatistics::load(const StateDict& state) {
  const torch::NoGradGuard no_grad;
  const std::unordered_map<std::string, Tensor> stored(state.begin(), state.end());
  if (const auto found = stored.find("running." + kSteps); found != stored.end()) steps_ = found->second.to(at::kCPU);
  for (size_t i = 0; i < kept_.size(); ++i) {
    if (const auto found = stored.find(names_[i]); found != stored.end()) kept_[i].copy_(found->second);
  }
}

}  // namespace acinus
