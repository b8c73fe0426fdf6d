#include "core/train/weight_ema.h"

#include <algorithm>

#include "core/error.h"
#include "core/io/state_dict.h"

namespace acinus {

WeightEma::WeightEma(Segmenter& source, double decay) : decay_(decay), average_(source.config()) {
  const torch::NoGradGuard no_grad;
  average_.to(source.device());
  averages_ = state_dict(average_.network());
  const StateDict weights = state_dict(source.network());
  for (size_t i = 0; i < averages_.size(); ++i) {
    const Tensor& average = averages_[i].second;
    average.copy_(weights[i].second);
    const bool averaged = average.is_floating_point();
    (averaged ? floats_ : counters_).push_back(average);
    (averaged ? weights_ : counts_).push_back(weights[i].second);
  }
}

void WeightEma::update() {
  const torch::NoGradGuard no_grad;
  const auto t = static_cast<double>(updates_++);
  at::_foreach_lerp_(floats_, weights_, 1.0 - std::min(decay_, (1.0 + t) / (10.0 + t)));
  if (!counters_.empty()) at::_foreach_copy_(counters_, counts_);
}

StateDict WeightEma::state() const {
  StateDict out;
  for (const auto& [name, value] : averages_) out.emplace_back("average." + name, value);
  return out;
}

void WeightEma::restore(const StateDict& state, int64_t updates) {
  const torch::NoGradGuard no_grad;
  const std::unordered_map<std::string, Tensor> stored(state.begin(), state.end());
  for (auto& [name, value] : averages_) {
    const auto found = stored.find("average." + name);
    if (found == stored.end()) {
      throw Error("ACINUS_CHECKPOINT", "The checkpoint's state lacks the average of '" + name +
                                           "'; it was written without weightEma or is damaged.");
    }
    value.copy_(found->second);
  }
  updates_ = updates;
}

}  // namespace acinus
