#include "core/model/counted_norm.h"

#include <algorithm>

#include "core/error.h"
#include "core/ops/recompute.h"

namespace acinus {

ops::BatchNorm CountedNormImpl::view() {
  ops::BatchNorm norm(*this);
  if (norm.training && steps && !ops::recomputing()) {
    norm.momentum = std::max(norm.momentum, 1.0 / static_cast<double>(++*steps + 1));
  }
  return norm;
}

std::vector<std::pair<std::string, CountedNormImpl*>> counted_norms(const nn::Module& network) {
  std::vector<std::pair<std::string, CountedNormImpl*>> out;
  for (const auto& item : network.named_modules("", /*include_self=*/false)) {
    if (auto* norm = item.value()->as<CountedNormImpl>()) out.emplace_back(item.key(), norm);
  }
  return out;
}

void begin_counting(const nn::Module& network, NormMomentum norm_momentum) {
  for (const auto& [path, norm] : counted_norms(network)) {
    norm->steps = norm_momentum == NormMomentum::kAdaptive ? std::optional<int64_t>(0) : std::nullopt;
  }
}

Tensor norm_steps(const nn::Module& network) {
  std::vector<int64_t> steps;
  for (const auto& [path, norm] : counted_norms(network)) steps.push_back(norm->steps.value_or(-1));
  return torch::tensor(steps, torch::kInt64);
}

void set_norm_steps(const nn::Module& network, const Tensor& steps) {
  const auto norms = counted_norms(network);
  if (steps.scalar_type() != torch::kInt64 || steps.numel() != static_cast<int64_t>(norms.size())) {
    throw Error("ACINUS_CHECKPOINT", "The checkpoint's state counts the steps of " + std::to_string(steps.numel()) +
                                         " norms, but this network has " + std::to_string(norms.size()) + ".");
  }
  const Tensor here = steps.to(torch::kCPU).contiguous();
  for (size_t i = 0; i < norms.size(); ++i) {
    const int64_t count = here.const_data_ptr<int64_t>()[i];
    norms[i].second->steps = count < 0 ? std::nullopt : std::optional(count);
  }
}

}  // namespace acinus
