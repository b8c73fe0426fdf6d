#include "core/train/adamw.h"

#include "core/ops/adamw.h"

namespace acinus {

namespace {

// True when both have the same order in memory. The stride of a dimension of length 1 is ignored.
bool same_order(const Tensor& a, const Tensor& b) {
  for (int64_t i = 0; i < a.dim(); ++i) {
    if (a.size(i) != 1 && a.stride(i) != b.stride(i)) return false;
  }
  return true;
}

}  // namespace

AdamW::AdamW(StateDict parameters, const std::string& encoder, const AdamWOptions& options) : options_(options) {
  for (auto& [name, parameter] : parameters) {
    slots_.push_back({name, name.starts_with(encoder), parameter, {}, {}, {}});
  }
}

void AdamW::begin(Slot& slot) {
  slot.exp_avg = torch::zeros_like(slot.parameter);
  slot.exp_avg_sq = torch::zeros_like(slot.parameter);
  slot.step = torch::zeros({}, slot.parameter.options().dtype(torch::kFloat32));
}

void AdamW::step(double learning_rate, std::optional<double> beta1, const Tensor& gradient_scale,
                 std::optional<double> encoder_learning_rate) {
  const torch::NoGradGuard no_grad;
  const double of_encoder = encoder_learning_rate.value_or(options_.encoder_learning_rate_factor * learning_rate);
  const double decay = beta1.value_or(options_.beta1);
  if (of_encoder == learning_rate) return step_group(Group::kAll, learning_rate, decay, gradient_scale);
  step_group(Group::kEncoder, of_encoder, decay, gradient_scale);
  step_group(Group::kRest, learning_rate, decay, gradient_scale);
}

// A parameter group of PyTorch's optimizers.
void AdamW::step_group(Group group, double learning_rate, double beta1, const Tensor& gradient_scale) {
  ops::AdamWTensors all;
  for (auto& slot : slots_) {
    Tensor gradient = slot.parameter.grad();
    if (!gradient.defined() || (group != Group::kAll && slot.of_encoder != (group == Group::kEncoder))) continue;
    if (!slot.step.defined()) begin(slot);
    // The step walks raw memory: gradient and parameter must lie in the same order.
    if (!same_order(gradient, slot.parameter)) gradient = torch::empty_like(slot.parameter).copy_(gradient);
    all.parameters.push_back(slot.parameter);
    all.gradients.push_back(std::move(gradient));
    all.exp_avgs.push_back(slot.exp_avg);
    all.exp_avg_sqs.push_back(slot.exp_avg_sq);
    all.steps.push_back(slot.step);
  }
  if (all.parameters.empty()) return;
  ops::adamw_step(all,
                  {.learning_rate = learning_rate,
                   .beta1 = beta1,
                   .beta2 = options_.beta2,
                   .weight_decay = options_.weight_decay,
                   .eps = options_.eps},
                  gradient_scale);
}

void AdamW::zero_gradients() {
  for (auto& slot : slots_) slot.parameter.mutable_grad().reset();
}

std::vector<Tensor> AdamW::gradients() const {
  std::vector<Tensor> out;
  for (const auto& slot : slots_) {
    if (slot.parameter.grad().defined()) out.push_back(slot.parameter.grad());
  }
  return out;
}

StateDict AdamW::state() const {
  StateDict out;
  for (const auto& slot : slots_) {
    if (!slot.step.defined()) continue;
    out.emplace_back("optimizer.step." + slot.name, slot.step);
    out.emplace_back("optimizer.exp_avg." + slot.name, slot.exp_avg);
    out.emplace_back("optimizer.exp_avg_sq." + slot.name, slot.exp_avg_sq);
  }
  return out;
}

void AdamW::restore(const StateDict& state) {
  const torch::NoGradGuard no_grad;
  std::unordered_map<std::string, Tensor> stored(state.begin(), state.end());
  for (auto& slot : slots_) {
    slot.exp_avg = slot.exp_avg_sq = slot.step = Tensor();
    if (!stored.contains("optimizer.step." + slot.name)) continue;
    begin(slot);
    slot.step.copy_(stored.at("optimizer.step." + slot.name));
    slot.exp_avg.copy_(stored.at("optimizer.exp_avg." + slot.name));
    slot.exp_avg_sq.copy_(stored.at("optimizer.exp_avg_sq." + slot.name));
  }
}

}  // namespace acinus
