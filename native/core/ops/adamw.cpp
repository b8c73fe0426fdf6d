#include "core/ops/adamw.h"

#include <numeric>

#include "core/ops/nhwc.h"

namespace acinus::ops {

namespace {

// Small enough for threads to share the work evenly, whatever the sizes of the parameters.
constexpr int64_t kStretch = 1 << 15;

// A stretch of one of the tensors.
struct Stretch {
  size_t tensor;
  int64_t begin, count;
};

std::vector<Stretch> stretches_of(const std::vector<Tensor>& tensors) {
  std::vector<Stretch> out;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const int64_t length = tensors[i].numel();
    for (int64_t begin = 0; begin < length; begin += kStretch) out.push_back({i, begin, std::min(kStretch, length - begin)});
  }
  return out;
}

// Floats in memory of the processor, without holes?
bool rows_of_floats(const std::vector<Tensor>& tensors) {
  return cpu::kernels_enabled() && std::all_of(tensors.begin(), tensors.end(), [](const Tensor& tensor) {
           return tensor.is_cpu() && tensor.scalar_type() == at::kFloat && tensor.is_non_overlapping_and_dense();
         });
}

cpu::AdamWStep factors_of(const AdamWRates& rates, double step, float gradient_scale) {
  const auto as_float = [](double number) { return static_cast<float>(number); };
  return {.gradient_scale = gradient_scale,
          .decay = as_float(1 - rates.learning_rate * rates.weight_decay),
          .step_size = as_float(rates.learning_rate / (1 - std::pow(rates.beta1, step))),
          .beta2 = as_float(rates.beta2),
          .share1 = as_float(1 - rates.beta1),
          .share2 = as_float(1 - rates.beta2),
          .root_correction = as_float(std::sqrt(1 - std::pow(rates.beta2, step))),
          .eps = as_float(rates.eps)};
}

}  // namespace

void adamw_step(const AdamWTensors& all, const AdamWRates& rates, const Tensor& gradient_scale) {
  if (!rows_of_floats(all.parameters) || !rows_of_floats(all.gradients)) {
    return plain::adamw_step(all, rates, gradient_scale);
  }
  const float scale = gradient_scale.defined() ? gradient_scale.item<float>() : 1.0F;
  std::vector<cpu::AdamWStep> factors;
  for (const Tensor& steps : all.steps) {
    const float step = *steps.data_ptr<float>() += 1;
    factors.push_back(factors_of(rates, static_cast<double>(step), scale));
  }
  const auto stretches = stretches_of(all.parameters);
  cpu::parallel_parts(static_cast<int64_t>(stretches.size()), threads(), [&](int64_t part) {
    const auto [i, begin, count] = stretches[part];
    cpu::kernels<float>().adamw(count, values(all.gradients[i]) + begin, factors[i],
                                all.parameters[i].data_ptr<float>() + begin, all.exp_avgs[i].data_ptr<float>() + begin,
                                all.exp_avg_sqs[i].data_ptr<float>() + begin);
  });
  // Written behind LibTorch's back: whoever made something of them has to notice.
  for (const Tensor& parameter : all.parameters) parameter.unsafeGetTensorImpl()->bump_version();
}

Tensor total_norm(const std::vector<Tensor>& gradients) {
  if (!rows_of_floats(gradients)) return plain::total_norm(gradients);
  const auto stretches = stretches_of(gradients);
  std::vector<double> squares(stretches.size());
  cpu::parallel_parts(static_cast<int64_t>(stretches.size()), threads(), [&](int64_t part) {
    const auto [i, begin, count] = stretches[part];
    squares[part] = cpu::kernels<float>().sum_of_squares(values(gradients[i]) + begin, count);
  });
  return to_floats(std::array{std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0))}, {});
}

namespace plain {

void adamw_step(const AdamWTensors& all, const AdamWRates& rates, const Tensor& gradient_scale) {
  at::_foreach_add_(all.steps, 1);
  at::_fused_adamw_(all.parameters, all.gradients, all.exp_avgs, all.exp_avg_sqs, {}, all.steps, rates.learning_rate,
                    rates.beta1, rates.beta2, rates.weight_decay, rates.eps, /*amsgrad=*/false, /*maximize=*/false,
                    gradient_scale.defined() ? std::optional(gradient_scale) : std::nullopt);
}

Tensor total_norm(const std::vector<Tensor>& gradients) {
  return gradients.empty() ? torch::zeros({}) : at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients, 2)), 2);
}

}  // namespace plain

}  // namespace acinus::ops
