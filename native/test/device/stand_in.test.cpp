// The stand-in device itself: what it notices.
#include "test/device/stand_in.h"

#include "test/catch.h"

namespace acinus::test {

TEST_CASE("the stand-in device computes what the CPU computes, with gradients", "[device]") {
  const auto evaluate = [](torch::Device device) {
    nn::Conv2d convolution(nn::Conv2dOptions(3, 8, 3).padding(1));
    nn::BatchNorm2d norm(8);
    convolution->weight.data().copy_(torch::linspace(-1, 1, 8 * 27).view({8, 3, 3, 3}));
    convolution->bias.data().zero_();
    const Tensor image = torch::linspace(0, 9, 2 * 3 * 256).cos().view({2, 3, 16, 16}).to(device).requires_grad_();
    convolution->to(device);
    norm->to(device);
    const Tensor y = norm(convolution(image)).relu().mean();
    y.backward();
    std::vector<Tensor> out;
    for (const Tensor& tensor : {y, image.grad(), convolution->weight.grad(), norm->running_mean}) out.push_back(tensor.cpu());
    return out;
  };
  const auto here = evaluate(torch::kCPU), there = evaluate(kStandIn);
  for (size_t i = 0; i < here.size(); ++i) REQUIRE(torch::allclose(here[i], there[i], 1e-6, 1e-7));
}

TEST_CASE("the stand-in device refuses to mix its tensors with the CPU's", "[device]") {
  const Tensor there = torch::ones({3}).to(kStandIn);
  REQUIRE_THROWS_WITH(there + torch::ones({3}), Catch::Matchers::ContainsSubstring("device"));
  REQUIRE((there + torch::ones({})).sum().item<float>() == 6);  // a number
}

TEST_CASE("the stand-in device counts operators, uploads and reads", "[device]") {
  take_traffic();
  const Tensor there = torch::arange(6, at::kFloat).to(kStandIn);
  const Tensor product = there * 2;
  DeviceTraffic traffic = take_traffic();
  REQUIRE(traffic.operators == 1);
  REQUIRE(traffic.uploads == std::vector<std::string>{"Float [6]"});
  REQUIRE(traffic.reads.empty());
  REQUIRE(product.sum().item<float>() == 30);
  REQUIRE(product.cpu()[5].item<float>() == 10);
  REQUIRE(product.equal(there) == false);
  REQUIRE(take_traffic().reads.size() == 3);
}

}  // namespace acinus::test
