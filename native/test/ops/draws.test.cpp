#include "core/ops/draws.h"

#include <ATen/CPUGeneratorImpl.h>

#include "core/ops/border.h"
#include "core/ops/gabor_response.h"
#include "core/ops/warp.h"
#include "test/catch.h"
#include "test/device/stand_in.h"

namespace acinus::test {

TEST_CASE("random draws on a device are the CPU's, and nothing is sent there", "[device]") {
  const RandomStream random(7, Purpose::kElastic, 3, 11);
  const ops::DropConnect drops{.seed = 5, .step = 9, .blocks = 4, .batch = 6, .rate = 0.5, .depth = 4};
  take_traffic();
  const Tensor noise = ops::noise(random, 5, 7, kStandIn), factors = ops::drop_connect_factors(drops, kStandIn);
  const DeviceTraffic traffic = take_traffic();
  CHECK(traffic.uploads.empty());
  CHECK(traffic.reads.empty());
  CHECK(noise.cpu().equal(ops::noise(random, 5, 7, torch::kCPU)));
  CHECK(factors.cpu().equal(ops::drop_connect_factors(drops, torch::kCPU)));
}

TEST_CASE("image operations on a device give the CPU's result, and nothing is sent there", "[device]") {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(3);  // torch::manual_seed would ask the device for one, too
  const Tensor planes = torch::rand({2, 24, 20}, generator), field = 4 * torch::rand({2, 24, 20}, generator) - 2;
  const ops::GaborBank bank{torch::rand({4, 5, 5}, generator, torch::kFloat64), 4, /*symmetric=*/false};
  const ops::GaborBank there{bank.kernels.to(kStandIn), 4, false};
  const auto evaluate = [](const Tensor& x, const Tensor& moved, const ops::GaborBank& kernels) {
    return std::vector<Tensor>{ops::smoothed(x, 2, 1.5), ops::remap(x, moved, ops::Interpolation::kBilinear),
                               pad_reflect_101(x, 30), ops::strongest_response(x.unsqueeze(1), kernels)};
  };
  const auto expected = evaluate(planes, field, bank);
  const Tensor x = planes.to(kStandIn), moved = field.to(kStandIn);
  take_traffic();
  const auto found = evaluate(x, moved, there);
  const DeviceTraffic traffic = take_traffic();
  CHECK(traffic.uploads.empty());
  CHECK(traffic.reads.empty());
  for (size_t i = 0; i < expected.size(); ++i) CHECK(torch::allclose(found[i].cpu(), expected[i], 1e-5, 1e-5));
}

}  // namespace acinus::test
