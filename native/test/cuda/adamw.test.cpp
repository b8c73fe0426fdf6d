// AdamW and the norm of gradients on the host through the shim, beside LibTorch's (ops/adamw.h).
#include "core/ops/adamw.h"

#include <limits>

#include "test/cuda/on_host.h"

namespace acinus::test {

namespace {

ops::AdamWTensors parameters_of(const std::vector<int64_t>& lengths) {
  ops::AdamWTensors all;
  for (const int64_t length : lengths) {
    all.parameters.push_back(torch::randn({length}));
    all.gradients.push_back(torch::randn({length}));
    all.exp_avgs.push_back(torch::randn({length}) * 0.1);
    all.exp_avg_sqs.push_back(torch::rand({length}) * 0.1);
    all.steps.push_back(torch::full({}, static_cast<float>(all.steps.size() + 2)));
  }
  return all;
}

ops::AdamWTensors copies_of(const ops::AdamWTensors& all) {
  ops::AdamWTensors out = all;
  for (auto* tensors : {&out.parameters, &out.gradients, &out.exp_avgs, &out.exp_avg_sqs, &out.steps}) {
    for (Tensor& tensor : *tensors) tensor = tensor.clone();
  }
  return out;
}

constexpr ops::AdamWRates kRates{.learning_rate = 3e-3, .beta1 = 0.87, .beta2 = 0.999, .weight_decay = 1e-2, .eps = 1e-8};
constexpr double kClip = 0.5;

// The norm, what the gradients were divided by, and the problems.
struct Step {
  Tensor norm;
  std::vector<std::string> problems;
};

Step step_by_kernels(const ops::AdamWTensors& all, double scale, double clip, shim::Order order) {
  shim::Session session(order);
  std::vector<AcinusCudaStretch> stretches;
  std::vector<float*> steps;
  for (size_t i = 0; i < all.parameters.size(); ++i) {
    auto* parameter = known<float>(session, all.parameters[i], "parameter");
    const auto* gradient = known<float>(session, all.gradients[i], "gradient");
    auto *first = known<float>(session, all.exp_avgs[i], "exp_avg"),
         *second = known<float>(session, all.exp_avg_sqs[i], "exp_avg_sq");
    steps.push_back(known<float>(session, all.steps[i], "step"));
    const int64_t length = all.parameters[i].numel();
    for (int64_t at = 0; at < length; at += ACINUS_CUDA_STRETCH) {
      stretches.push_back({parameter + at, gradient + at, first + at, second + at,
                           std::min<int64_t>(length - at, ACINUS_CUDA_STRETCH), static_cast<int64_t>(i)});
    }
  }
  const auto count = static_cast<int64_t>(stretches.size()), tensors = static_cast<int64_t>(steps.size());
  session.know(stretches.data(), stretches.size() * sizeof(stretches[0]), "stretches");
  session.know(steps.data(), steps.size() * sizeof(steps[0]), "steps");
  Tensor norm = torch::full({2}, NAN);
  const Tensor squares = torch::full({count}, NAN, at::kDouble), factors = torch::full({3 * tensors}, NAN);
  const Tensor by = torch::full({1}, scale), rates = torch::tensor({kRates.learning_rate, kRates.beta1}, at::kDouble);
  auto* of_all = known<float>(session, norm, "norm");
  REQUIRE(kernels().total_norm(stretches.data(), count, known<float>(session, by, "scale"), clip, of_all,
                               known<double>(session, squares, "squares"), nullptr) == 0);
  const AcinusCudaAdamW options{.rates = known<double>(session, rates, "rates"),
                                .beta2 = kRates.beta2,
                                .weight_decay = kRates.weight_decay,
                                .eps = kRates.eps};
  REQUIRE(kernels().adamw(stretches.data(), count, steps.data(), tensors, options, of_all + 1, of_all,
                          known<float>(session, factors, "factors"), nullptr) == 0);
  return {norm, session.problems()};
}

}  // namespace

TEST_CASE("AdamW with clipping on CUDA is LibTorch's, and reads no value back", "[cuda]") {
  for (const double clip : {kClip, 1e6, 0.0}) {
    const double scale = 8;  // of the loss
    const ops::AdamWTensors start = parameters_of({1, 33, 700, ACINUS_CUDA_STRETCH + 5});
    const ops::AdamWTensors wanted = copies_of(start);
    for (Tensor gradient : wanted.gradients) gradient.div_(scale);
    const Tensor norm = ops::plain::total_norm(wanted.gradients);
    ops::plain::adamw_step(wanted, kRates, clip > 0 ? at::clamp_min((norm + 1e-6) / clip, 1.0) : Tensor());
    for (const shim::Order order : kOrders) {
      const ops::AdamWTensors found = copies_of(start);
      const Step step = step_by_kernels(found, scale, clip, order);
      CHECK(step.problems == std::vector<std::string>{});
      CHECK(relative_difference(step.norm[0], norm) < 1e-6);
      for (size_t i = 0; i < start.parameters.size(); ++i) {
        CHECK(relative_difference(found.parameters[i], wanted.parameters[i]) < 1e-6);
        CHECK(relative_difference(found.exp_avgs[i], wanted.exp_avgs[i]) < 1e-6);
        CHECK(relative_difference(found.exp_avg_sqs[i], wanted.exp_avg_sqs[i]) < 1e-6);
        CHECK(found.steps[i].equal(wanted.steps[i]));
        CHECK(found.gradients[i].equal(start.gradients[i]));
      }
    }
  }
}

TEST_CASE("a gradient that is not finite leaves everything as it was in AdamW on CUDA", "[cuda]") {
  for (const float broken : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const ops::AdamWTensors start = parameters_of({5, 400});
    start.gradients[1][399] = broken;
    const ops::AdamWTensors found = copies_of(start);
    const Step step = step_by_kernels(found, 1, kClip, shim::Order::kAscending);
    CHECK(step.problems == std::vector<std::string>{});
    CHECK_FALSE(step.norm[0].isfinite().item<bool>());
    for (size_t i = 0; i < start.parameters.size(); ++i) {
      CHECK(found.parameters[i].equal(start.parameters[i]));
      CHECK(found.exp_avgs[i].equal(start.exp_avgs[i]));
      CHECK(found.exp_avg_sqs[i].equal(start.exp_avg_sqs[i]));
      CHECK(found.steps[i].equal(start.steps[i]));
    }
  }
}

}  // namespace acinus::test
