#include "core/ops/adamw.h"

#include <numeric>

#include "core/ops/cpu/implementations.h"
#include "core/ops/cpu/nhwc.h"

namespace acinus::ops::on_cpu {

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
  const float scale = gradient_scale.defined() ? *values(gradient_scale) : 1.0F;
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
  // LibTorch does not see these writes. The version counter tells users of the tensor that it changed.
  for (const Tensor& parameter : all.parameters) parameter.unsafeGetTensorImpl()->bump_version();
}

Tensor total_norm(const std::vector<Tensor>& gradients) {
  const auto stretches = stretches_of(gradients);
  std::vector<double> squares(stretches.size());
  cpu::parallel_parts(static_cast<int64_t>(stretches.size()), threads(), [&](int64_t part) {
    const auto [i, begin, count] = stretches[part];
    squares[part] = cpu::kernels<float>().sum_of_squares(values(gradients[i]) + begin, count);
  });
  return to_floats(std::array{std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0))}, {});
}

}  // namespace acinus::ops::on_cpu
