#include "core/train/optimizer.h"

#include "core/error.h"
#include "core/ops/adamw.h"

namespace acinus {

namespace {

StateDict named_parameters(const nn::Module& network) {
  StateDict out;
  for (const auto& item : network.named_parameters()) out.emplace_back(item.key(), item.value());
  return out;
}

at::IntArrayRef numbers_of(const Tensor& tensor) {
  return {tensor.const_data_ptr<int64_t>(), static_cast<size_t>(tensor.numel())};
}

// True when these strides leave no holes in memory. Every gradient has such strides.
bool is_dense(at::IntArrayRef sizes, const Tensor& strides) {
  if (strides.scalar_type() != torch::kInt64 || strides.numel() != static_cast<int64_t>(sizes.size())) return false;
  const at::IntArrayRef lengths = numbers_of(strides);
  int64_t count = 1, last = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (lengths[i] < 0 || lengths[i] > (int64_t{1} << 40)) return false;
    count *= sizes[i];
    last += (sizes[i] - 1) * lengths[i];
  }
  return last + 1 == count;
}

}  // namespace

Optimizer::Optimizer(const nn::Module& network, const std::string& encoder, torch::Device device, Precision precision,
                     const OptimizerOptions& options)
    : options_(options),
      parameters_(named_parameters(network)),
      adamw_(parameters_, encoder, options.adamw),
      scale_(precision, device),
      statistics_(network) {}

OptimizerResult Optimizer::accumulate(const Tensor& loss, bool last_of_epoch, const Tensor& values) {
  OptimizerResult result;
  result.learning_rate = rates(steps_).rest;
  if (pending_++ == 0) {
    adamw_.zero_gradients();
    poisoned_ = false;
  }
  if (!poisoned_) scale_.scaled(loss / static_cast<double>(options_.accumulation)).backward();
  const bool closes = pending_ == options_.accumulation || last_of_epoch;
  const Tensor norm = closes && !poisoned_ ? unscaled_norm() : Tensor();

  const int64_t count = values.numel();
  const Tensor read = (norm.defined() ? at::cat({values, norm.view({1})}) : values).to(torch::kCPU, torch::kFloat64);
  result.values = read.narrow(0, 0, count);
  poisoned_ = poisoned_ || !std::isfinite(read.const_data_ptr<double>()[0]);
  if (norm.defined() && !poisoned_) result.gradient_norm = read.const_data_ptr<double>()[count];
  if (closes) close(norm, result);
  result.skipped_in_a_row = skipped_in_a_row_;
  return result;
}

Optimizer::Rates Optimizer::rates(int64_t step) const {
  const auto& own = options_.learning_rates;
  if (own.empty()) {
    const auto schedule = one_cycle(step, options_.total_steps, options_.schedule);
    return {schedule.learning_rate, {}, schedule.beta1};
  }
  const auto& [rest, encoder] = own[std::min(static_cast<size_t>(step), own.size() - 1)];
  return {rest, encoder, {}};
}

Tensor Optimizer::unscaled_norm() {
  const torch::NoGradGuard no_grad;
  const auto gradients = adamw_.gradients();
  scale_.unscale(gradients);
  return ops::total_norm(gradients);
}

void Optimizer::close(const Tensor& norm, OptimizerResult& result) {
  const Rates now = rates(steps_++);
  pending_ = 0;
  if (poisoned_) return skip(result, "loss");
  const torch::NoGradGuard no_grad;
  scale_.update();
  if (!std::isfinite(*result.gradient_norm)) return skip(result, "gradient");

  // As clip_grad_norm_, with its 1e-6.
  const bool clips = options_.gradient_clip > 0;
  adamw_.step(now.rest, now.beta1, clips ? at::clamp_min((norm + 1e-6) / options_.gradient_clip, 1.0) : Tensor(), now.encoder);
  adamw_.zero_gradients();
  statistics_.keep();
  skipped_in_a_row_ = 0;
}

void Optimizer::skip(OptimizerResult& result, const char* reason) {
  adamw_.zero_gradients();
  statistics_.restore();
  result.skipped = reason;
  if (++skipped_in_a_row_ <= options_.max_skipped_steps) return;
  throw Error(
      "ACINUS_NOT_FINITE",
      std::to_string(skipped_in_a_row_) + " optimizer steps in a row had a " + reason +
          " that is not finite, which is more than optimizer.maxSkippedSteps = " + std::to_string(options_.max_skipped_steps) +
          ". Use a lower schedule.maxLearningRate, or precision fp32, and check the starting weights.");
}

StateDict Optimizer::state() const {
  StateDict out = adamw_.state();
  for (auto& item : scale_.state()) out.push_back(std::move(item));
  out.emplace_back("optimizer.position",
                   torch::tensor({steps_, pending_, int64_t{poisoned_}, skipped_in_a_row_}, torch::kInt64));
  if (pending_ == 0) return out;
  for (const auto& [name, parameter] : parameters_) {
    const Tensor& gradient = parameter.grad();
    if (!gradient.defined()) continue;
    out.emplace_back("gradient." + name, gradient);
    // Sums over it go in the order in which it lies in memory.
    out.emplace_back("gradient_strides." + name, torch::tensor(gradient.strides(), torch::kInt64));
  }
  for (auto& item : statistics_.state()) out.push_back(std::move(item));
  return out;
}

void Optimizer::restore(const StateDict& state) {
  const torch::NoGradGuard no_grad;
  adamw_.restore(state);
  adamw_.zero_gradients();
  scale_.restore(state);
  statistics_.keep();
  statistics_.load(state);
  const std::unordered_map<std::string, Tensor> stored(state.begin(), state.end());
  const Tensor position = stored.at("optimizer.position").to(torch::kCPU);
  steps_ = position[0].item<int64_t>();
  pending_ = position[1].item<int64_t>();
  poisoned_ = position[2].item<int64_t>() != 0;
  skipped_in_a_row_ = position[3].item<int64_t>();
  for (auto& [name, parameter] : parameters_) {
    const auto found = stored.find("gradient." + name);
    if (found == stored.end()) continue;
    const auto strides = stored.find("gradient_strides." + name);
    const bool dense = strides != stored.end() && is_dense(parameter.sizes(), strides->second);
    parameter.mutable_grad() =
        (dense ? torch::empty_strided(parameter.sizes(), numbers_of(strides->second), parameter.options())
               : torch::empty_like(parameter))
            .copy_(found->second);
  }
}

}  // namespace acinus
