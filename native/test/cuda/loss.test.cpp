// The stabilized loss on the host through the shim, beside its definition (core/loss, term by term) in float64.
#include "core/loss/loss.h"

#include <limits>

#include "core/ignored.h"
#include "test/cuda/on_host.h"

namespace acinus::test {

namespace {

struct LossCase {
  int64_t images, height, width;
  at::ScalarType type = at::kFloat;
  double logit_clamp = 4, epsilon = 1e-7;
  bool ignoring = false;
  double cells = 0.3;  // share of the pixels
};

struct Found {
  Tensor values, gradient;
  std::vector<std::string> problems;
};

Found by_kernels(const Tensor& logits, const Tensor& target, const LossOptions& o, float upstream, shim::Order order) {
  shim::Session session(order);
  const int64_t images = logits.size(0);
  const AcinusCudaImages shape{cuda_type(logits.scalar_type()), images, logits.numel() / images, 1};
  const AcinusCudaLoss options{.dice_weight = 0.5,
                               .bce_weight = 0.3,
                               .tversky_weight = 0.2,
                               .logit_clamp = o.logit_clamp,
                               .epsilon = o.epsilon,
                               .smooth = o.smooth,
                               .tversky_alpha = o.tversky_alpha,
                               .tversky_beta = o.tversky_beta,
                               .positive_weight_min = o.positive_weight_min,
                               .positive_weight_max = o.positive_weight_max,
                               .share_of_cells = -1,
                               .ignoring = o.ignoring};
  const Tensor slopes = torch::full({images, 4}, NAN), factor = torch::full({1}, upstream);
  const Tensor workspace = torch::full({kernels().loss_workspace(shape)}, NAN, at::kDouble);
  Found out{torch::full({4}, NAN), torch::empty_like(logits), {}};
  const void* z = known(session, logits, "logits");
  const auto* t = known<float>(session, target, "target");
  auto* of_images = known<float>(session, slopes, "slopes");
  REQUIRE(kernels().loss(shape, options, z, t, known<float>(session, out.values, "values"), of_images,
                         known<double>(session, workspace, "workspace"), nullptr) == 0);
  REQUIRE(kernels().loss_gradient(shape, options, z, t, of_images, known<float>(session, factor, "upstream"),
                                  known(session, out.gradient, "gradient"), nullptr) == 0);
  out.problems = session.problems();
  return out;
}

LossOptions options_of(const LossCase& c) {
  LossOptions options{.weights = paper_weights()};
  options.logit_clamp = c.logit_clamp;
  options.epsilon = c.epsilon;
  options.ignoring = c.ignoring;
  return options;
}

void compare_losses(const LossCase& c) {
  CAPTURE(c.images, c.height, c.width, c.type, c.logit_clamp, c.ignoring, c.cells);
  const std::vector<int64_t> sizes{c.images, 1, c.height, c.width};
  // In steps of 1/16, so that no rounding decides about a clamp.
  const Tensor logits = ((torch::randn(sizes) * 64).round().clamp(-255, 255) / 16).to(c.type);
  Tensor target = (torch::rand(sizes) < c.cells).to(at::kFloat);
  if (c.ignoring) target.masked_fill_(torch::rand(sizes) < 0.2, kIgnored);
  const LossOptions options = options_of(c);
  const Tensor z = logits.to(at::kDouble).requires_grad_();
  const LossValue wanted = plain::loss(z, target.to(at::kDouble), options);
  (3 * wanted.total).backward();
  for (const shim::Order order : kOrders) {
    const Found found = by_kernels(logits, target, options, 3, order);
    CHECK(found.problems == std::vector<std::string>{});
    CHECK(relative_difference(found.values[0], wanted.total.detach()) < 2e-6);
    for (size_t i = 0; i < wanted.terms.size(); ++i) {
      const int64_t at = wanted.terms[i] == "dice" ? 1 : wanted.terms[i] == "bce" ? 2 : 3;
      INFO(wanted.terms[i]);
      CHECK(relative_difference(found.values[at], wanted.values[static_cast<int64_t>(i) + 1]) < 2e-6);
    }
    CHECK(relative_difference(found.gradient, z.grad()) < 2 * tolerance(c.type));
  }
}

}  // namespace

TEST_CASE("the stabilized loss on CUDA is its definition, with terms and gradient", "[cuda]") {
  for (const auto type : kTypes) {
    compare_losses({.images = 3, .height = 13, .width = 17, .type = type});
    compare_losses({.images = 2, .height = 67, .width = 101, .type = type});  // more than one chunk
    compare_losses({.images = 3, .height = 11, .width = 19, .type = type, .ignoring = true});
  }
  compare_losses({.images = 300, .height = 1, .width = 3});  // more images than threads
  compare_losses({.images = 2, .height = 9, .width = 9, .logit_clamp = 0, .epsilon = 0});
  compare_losses({.images = 2, .height = 9, .width = 9, .epsilon = 0.05});
  compare_losses({.images = 2, .height = 9, .width = 9, .cells = 0});
  compare_losses({.images = 2, .height = 9, .width = 9, .cells = 1.1});
}

TEST_CASE("a logit that is NaN shows in the loss on CUDA and in its gradient", "[cuda]") {
  Tensor logits = torch::randn({2, 1, 5, 7});
  const Tensor target = torch::zeros({2, 1, 5, 7});
  logits.view(-1)[69] = std::numeric_limits<float>::quiet_NaN();
  const LossCase c{.images = 2, .height = 5, .width = 7};
  const Found found = by_kernels(logits, target, options_of(c), 1, shim::Order::kAscending);
  CHECK(found.values[0].isnan().item<bool>());
  CHECK(found.gradient.view(-1)[69].isnan().item<bool>());
}

}  // namespace acinus::test
