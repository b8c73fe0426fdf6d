// BatchNorm with activation on the host through the shim, beside its definition (ops/batch_norm.h) in float64.
#include "core/ops/batch_norm.h"

#include "test/cuda/on_host.h"

namespace acinus::test {

namespace {

struct NormCase {
  int64_t images, channels, height, width;
  at::ScalarType type;
  ops::Activation activation;
  bool training, joins;  // joins: residual + factors · norm(x)
};

struct NormResult {
  Tensor y, dx, dweight, dbias, running_mean, running_var, batches;
  std::vector<std::string> problems;
};

struct NormInput {
  Tensor x, dy, residual, factors, weight, bias, running_mean, running_var;
  explicit NormInput(const NormCase& c) {
    const std::vector<int64_t> sizes{c.images, c.channels, c.height, c.width};
    const auto images = [&](double offset) {
      const Tensor spread = torch::randn(sizes) + offset * torch::randn({1, c.channels, 1, 1});
      return spread.to(c.type).contiguous(at::MemoryFormat::ChannelsLast);
    };
    x = images(4);
    dy = images(0);
    if (c.joins) {
      residual = images(1);
      factors = torch::rand({c.images}) * 2;
    }
    weight = torch::randn({c.channels});
    bias = torch::randn({c.channels});
    running_mean = torch::randn({c.channels});
    running_var = torch::rand({c.channels}) + 0.5;
  }
};

constexpr double kEps = 1e-3, kMomentum = 0.01;

NormResult by_kernels(const NormCase& c, const NormInput& in, shim::Order order) {
  shim::Session session(order);
  NormResult out{.y = torch::empty_like(in.x),
                 .dx = torch::empty_like(in.x),
                 .dweight = torch::empty_like(in.weight),
                 .dbias = torch::empty_like(in.bias),
                 .running_mean = in.running_mean.clone(),
                 .running_var = in.running_var.clone(),
                 .batches = torch::zeros({1}, at::kLong),
                 .problems = {}};
  const AcinusCudaImages shape{cuda_type(c.type), c.images, c.height * c.width, c.channels};
  const Tensor saved = torch::full({2 * c.channels}, NAN), workspace = torch::full({kernels().norm_workspace(shape)}, NAN);
  const AcinusCudaNorm norm{.weight = known<float>(session, in.weight, "weight"),
                            .bias = known<float>(session, in.bias, "bias"),
                            .running_mean = known<float>(session, out.running_mean, "running_mean"),
                            .running_var = known<float>(session, out.running_var, "running_var"),
                            .batches = known<int64_t>(session, out.batches, "batches"),
                            .eps = kEps,
                            .momentum = kMomentum,
                            .training = c.training,
                            .activation = static_cast<int>(c.activation)};
  const void* x = known(session, in.x, "x");
  const auto* factors = known<float>(session, in.factors, "factors");
  auto* of_x = known<float>(session, saved, "saved");
  auto* space = known<float>(session, workspace, "workspace");
  REQUIRE(kernels().norm(shape, norm, x, known(session, in.residual, "residual"), factors, known(session, out.y, "y"), of_x,
                         space, nullptr) == 0);
  REQUIRE(kernels().norm_backward(shape, norm, x, known(session, in.dy, "dy"), factors, of_x, known(session, out.dx, "dx"),
                                  known<float>(session, out.dweight, "dweight"), known<float>(session, out.dbias, "dbias"),
                                  space, nullptr) == 0);
  out.problems = session.problems();
  return out;
}

NormResult by_definition(const NormCase& c, const NormInput& in) {
  nn::BatchNorm2d module(nn::BatchNorm2dOptions(c.channels).eps(kEps).momentum(kMomentum));
  module->to(at::kDouble);
  module->train(c.training);
  {
    const torch::NoGradGuard no_grad;
    module->weight.copy_(in.weight);
    module->bias.copy_(in.bias);
    module->running_mean.copy_(in.running_mean);
    module->running_var.copy_(in.running_var);
  }
  const Tensor x = in.x.to(at::kDouble).requires_grad_();
  const ops::BatchNorm norm(*module);
  const Tensor y = c.joins ? ops::plain::batch_norm_add(x, norm, in.residual.to(at::kDouble), in.factors.to(at::kDouble))
                           : ops::plain::batch_norm_act(x, norm, c.activation);
  y.backward(in.dy.to(at::kDouble));
  return {y.detach(),
          x.grad(),
          module->weight.grad(),
          module->bias.grad(),
          module->running_mean,
          module->running_var,
          norm.batches.view({1}),
          {}};
}

void compare_norms(const NormCase& c) {
  CAPTURE(c.images, c.channels, c.height, c.width, c.type, static_cast<int>(c.activation), c.training, c.joins);
  const NormInput in(c);
  const NormResult wanted = by_definition(c, in);
  for (const shim::Order order : kOrders) {
    const NormResult found = by_kernels(c, in, order);
    CHECK(found.problems == std::vector<std::string>{});
    CHECK(relative_difference(found.y, wanted.y) < tolerance(c.type));
    CHECK(relative_difference(found.dx, wanted.dx) < 2 * tolerance(c.type));
    CHECK(relative_difference(found.dweight, wanted.dweight) < 1e-5);
    CHECK(relative_difference(found.dbias, wanted.dbias) < 1e-5);
    CHECK(relative_difference(found.running_mean, wanted.running_mean) < 1e-6);
    CHECK(relative_difference(found.running_var, wanted.running_var) < 1e-6);
    CHECK(found.batches.equal(wanted.batches));
  }
}

}  // namespace

TEST_CASE("BatchNorm with an activation on CUDA is its definition, forward and backward", "[cuda]") {
  for (const auto type : kTypes) {
    for (const auto activation :
         {ops::Activation::kIdentity, ops::Activation::kRelu, ops::Activation::kRelu6, ops::Activation::kSilu}) {
      compare_norms({2, 24, 7, 9, type, activation, true, false});
    }
    compare_norms({1, 5, 3, 11, type, ops::Activation::kSilu, true, false});   // channels that no wide access fits
    compare_norms({3, 40, 5, 5, type, ops::Activation::kSilu, false, false});  // by the running statistics
    compare_norms({2, 1, 13, 17, type, ops::Activation::kRelu, true, false});
    compare_norms({1, 272, 2, 3, type, ops::Activation::kSilu, true, false});   // more than one block of channels
    compare_norms({1, 8, 101, 67, type, ops::Activation::kSilu, true, false});  // more than one chunk of rows
  }
}

TEST_CASE("BatchNorm added to a residual on CUDA is its definition, with a factor an image", "[cuda]") {
  for (const auto type : kTypes) {
    compare_norms({3, 24, 5, 7, type, ops::Activation::kIdentity, true, true});
    compare_norms({2, 7, 9, 4, type, ops::Activation::kIdentity, false, true});
  }
}

TEST_CASE("statistics on CUDA lose no digits to a large mean", "[cuda]") {
  const NormCase c{1, 8, 16, 16, at::kFloat, ops::Activation::kIdentity, true, false};
  NormInput in(c);
  in.x += 3000;
  const NormResult wanted = by_definition(c, in), found = by_kernels(c, in, shim::Order::kAscending);
  // x itself holds no more: its digits end at 2⁻¹² there.
  CHECK(relative_difference(found.y, wanted.y) < 2e-4);
  CHECK(relative_difference(found.running_var, wanted.running_var) < 1e-5);
}

}  // namespace acinus::test
