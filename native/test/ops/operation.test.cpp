#include "core/ops/operation.h"

#include <algorithm>

#include "core/cpu/isa.h"
#include "core/ops/conv2d.h"
#include "test/catch.h"
#include "test/device/stand_in.h"

namespace acinus::ops {

namespace {

int64_t calls(const std::string& operation, const std::string& implementation) {
  const auto all = implementations();
  const auto found = std::find_if(all.begin(), all.end(), [&](const ImplementationUse& use) {
    return use.operation == operation && use.implementation == implementation;
  });
  REQUIRE(found != all.end());
  return found->calls;
}

BatchNorm norm_on(torch::TensorOptions where) {
  nn::BatchNorm2d module(8);
  BatchNorm norm(*module);
  for (Tensor* tensor : {&norm.weight, &norm.bias, &norm.running_mean, &norm.running_var, &norm.batches}) {
    *tensor = tensor->detach().to(where.device());
    if (where.has_dtype() && tensor->is_floating_point()) *tensor = tensor->to(where.dtype());
  }
  return norm;
}

Tensor image_on(torch::Device device) {
  return torch::ones({2, 8, 4, 4}, torch::TensorOptions(device)).contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace

TEST_CASE("an operation takes the definition on a device that has nothing in its place", "[operation]") {
  const int64_t by_kernels = calls("batch_norm_act", "kernels"), by_definition = calls("batch_norm_act", "definition");
  const Tensor y = batch_norm_act(image_on(test::kStandIn), norm_on(test::kStandIn), Activation::kRelu);
  CHECK(y.device() == test::kStandIn);
  CHECK(calls("batch_norm_act", "kernels") == by_kernels);
  CHECK(calls("batch_norm_act", "definition") == by_definition + 1);
}

TEST_CASE("an operation takes the definition for what its rows do not ask for", "[operation]") {
  const int64_t before = calls("batch_norm_act", "definition");
  batch_norm_act(image_on(torch::kCPU).to(torch::kFloat64), norm_on(torch::kFloat64), Activation::kIdentity);
  batch_norm_act(image_on(torch::kCPU).contiguous(), norm_on(torch::kCPU), Activation::kIdentity);
  CHECK(calls("batch_norm_act", "definition") == before + 2);
}

TEST_CASE("tensors on two devices are refused by name, in a struct too", "[operation]") {
  const Tensor x = image_on(torch::kCPU), weight = torch::ones({4, 8, 1, 1});
  CHECK_THROWS_WITH(batch_norm_act(x, norm_on(torch::kMeta), Activation::kRelu),
                    "batch_norm_act was given tensors on cpu and on meta; move all of them to one device first.");
  const BatchNorm norm = norm_on(torch::kMeta);
  CHECK_THROWS_AS(conv2d(x, Conv2d(weight, {}, {.kernel = 1}), {.norm = &norm}), Error);
  CHECK_THROWS_AS(conv2d(x, Conv2d(weight.to(torch::kMeta), {}, {.kernel = 1})), Error);
}

TEST_CASE("a convolution's algorithm follows from its shape", "[operation]") {
  const auto taken_by = [](const char* implementation, const Tensor& x, const Conv2d& convolution) {
    const int64_t before = calls("conv2d", implementation);
    const torch::NoGradGuard no_grad;
    conv2d(x, convolution);
    return calls("conv2d", implementation) == before + 1;
  };
  if (!cpu::kernels_enabled()) SKIP("ACINUS_CPU_ISA=none turns the kernels off");
  const auto image = [](int64_t channels, int64_t size) {
    return torch::ones({1, channels, size, size}).contiguous(at::MemoryFormat::ChannelsLast);
  };
  const WindowOptions same{3, 1, 1, 1, 1, 1};
  std::unique_ptr<PreparedWeights> place;
  CHECK(taken_by("pointwise", image(8, 4), Conv2d(torch::ones({4, 8, 1, 1}), {}, {.kernel = 1})));
  CHECK(taken_by("patches", image(3, 8), Conv2d(torch::ones({16, 3, 3, 3}), {}, same)));
  CHECK(taken_by("winograd", image(16, 32), Conv2d(torch::ones({16, 16, 3, 3}), {}, same)));
  CHECK(taken_by("prepared", image(16, 32), Conv2d(torch::ones({16, 16, 3, 3}), {}, same, 1, &place)));
  CHECK(taken_by("definition", image(16, 32), Conv2d(torch::ones({16, 16, 3, 3}), {}, {3, 2, 1, 1, 1, 1})));
}

}  // namespace acinus::ops
