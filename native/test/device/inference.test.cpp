// Networks, images and predictions on a device that is not the CPU.
#include "core/eval/evaluator.h"
#include "core/image/augment.h"
#include "core/image/gabor.h"
#include "core/loss/loss.h"
#include "core/model/registry.h"
#include "core/predict/predictor.h"
#include "test/catch.h"
#include "test/device/stand_in.h"
#include "test/device/subjects.h"
#include "test/options.h"
#include "test/scenes.h"

namespace acinus::test {

namespace {

Tensor pixels(int64_t images, int64_t height, int64_t width) {
  std::vector<Tensor> out;
  for (int64_t i = 0; i < images; ++i)
    out.push_back(cells(height, width, 7 + static_cast<uint64_t>(i)).first.permute({2, 0, 1}));
  return at::stack(out);
}

Tensor masks(int64_t images, int64_t height, int64_t width) {
  std::vector<Tensor> out;
  for (int64_t i = 0; i < images; ++i) out.push_back(cells(height, width, 7 + static_cast<uint64_t>(i)).second.unsqueeze(0));
  return at::stack(out);
}

}  // namespace

TEST_CASE("every network gives the CPU's logits and gradients on another device", "[device]") {
  for (const auto& architecture : architectures()) {
    const std::vector<std::string> names{"efficientnet-b0", "efficientnet-lite0"};
    for (const auto& encoder : architecture.own ? std::vector<std::string>{""} : names) {
      CAPTURE(architecture.name, encoder);
      const auto evaluate = [&](torch::Device device) {
        const auto segmenter = segmenter_on(device, architecture.name, encoder);
        segmenter->network().train();
        segmenter->network().set_step_seed({1, 2});
        const Tensor logits = segmenter->logits(pixels(2, 64, 64));
        logits.square().mean().backward();
        const auto& first = segmenter->network().named_parameters().front().value();
        return std::pair(logits.detach().cpu(), first.grad().cpu());
      };
      const auto [logits, gradient] = evaluate(torch::kCPU);
      const auto [logits_there, gradient_there] = evaluate(kStandIn);
      CHECK(difference(logits, logits_there) <= 1e-4 * std::max(1.0, logits.abs().max().item<double>()));
      CHECK(difference(gradient, gradient_there) <= 1e-3 * gradient.abs().max().item<double>());
    }
  }
}

TEST_CASE("a prediction in tiles with test-time augmentation is the CPU's on another device", "[device]") {
  const Tensor image = pixels(1, 90, 75)[0];
  const auto probabilities = [&](torch::Device device, PredictOptions options) {
    const auto segmenter = segmenter_on(device);
    return predict({segmenter.get()}, image, options, {}, [](int64_t, int64_t) {});
  };
  for (const PredictOptions& options :
       {PredictOptions{.tta = {0, 3, 6}, .tile = 0, .overlap = 0, .precision = Precision::kFp32, .batch_size = 4},
        PredictOptions{.tta = {1}, .tile = 64, .overlap = 16, .precision = Precision::kFp32, .batch_size = 4}}) {
    CAPTURE(options.tile);
    CHECK(difference(probabilities(torch::kCPU, options), probabilities(kStandIn, options)) < 1e-4);
  }
}

TEST_CASE("an evaluation gives the CPU's scores on another device, and reads each batch once", "[device]") {
  const auto store = cell_store(4, 50);
  const LossOptions loss_options{.weights = paper_weights()};
  EvaluateOptions options{};
  options.threshold = 0.5;
  options.batch_size = 2;
  options.empty_score = 1;
  options.loss = [&](const Tensor& logits, const Tensor& target, bool) { return loss(logits, target, loss_options).total; };
  options.pixel_only = GENERATE(true, false);
  const auto evaluation = [&](torch::Device device) {
    const auto segmenter = segmenter_on(device);
    take_traffic();
    return evaluate({segmenter.get()}, *store, {0, 1, 2, 3}, options, {}, [](int64_t, int64_t) {});
  };
  const Evaluation here = evaluation(torch::kCPU), there = evaluation(kStandIn);
  const std::string batch = options.pixel_only ? "Byte [2, 1, 64, 64]" : "Float [2, 1, 64, 64]";  // masks; probabilities
  CHECK(take_traffic().reads == std::vector<std::string>{batch, batch, "Double [4]"});
  CHECK_THAT(there.loss, Catch::Matchers::WithinRel(here.loss, 1e-4));
  CHECK(std::abs(there.micro.dice - here.micro.dice) < 2e-3);  // a pixel on the threshold may fall on either side of it
  CHECK(std::abs(there.per_image.recall - here.per_image.recall) < 2e-3);
}

TEST_CASE("the edge channel is the CPU's on another device, of large and of small images", "[device]") {
  for (const int64_t side : {64, 20}) {
    CAPTURE(side);
    const Tensor rgb = pixels(2, side, side + 9);
    CHECK(difference(edge_map(rgb, edge_options()), edge_map(rgb.to(kStandIn), edge_options())) < 2e-5);
  }
}

TEST_CASE("augmentation draws the same and changes the same on another device, without reading from it", "[device]") {
  AugmentOptions options = augment_options();
  options.elastic = options.brightness_contrast = 1;
  const Tensor rgb = pixels(3, 64, 64), mask = masks(3, 64, 64);
  const Augmented here = augment(rgb, mask, {4, 5, 6}, {1, 2}, options);
  const Tensor rgb_there = rgb.to(kStandIn), mask_there = mask.to(kStandIn);
  take_traffic();
  const Augmented there = augment(rgb_there, mask_there, {4, 5, 6}, {1, 2}, options);
  const DeviceTraffic traffic = take_traffic();
  CHECK(traffic.reads == std::vector<std::string>());
  CHECK(traffic.uploads == std::vector<std::string>());
  // A displacement of some pixels in float32 is known to 1e-5 px, between pixels up to 255 apart.
  CHECK(difference(here.image, there.image) < 2e-2);
  CHECK(here.mask.ne(there.mask.cpu()).sum().item<int64_t>() <= 4);  // the nearest of two pixels that are as near
}

TEST_CASE("every term of the loss is the CPU's on another device, with its gradient and without reading from it", "[device]") {
  const Tensor logits = at::randn({2, 1, 40, 33}) * 4, target = masks(2, 40, 33).to(at::kFloat);
  const LossOptions options{.weights = std::vector<double>(loss_terms().size(), 0.7)};
  const auto evaluate = [&](torch::Device device) {
    const Tensor z = logits.to(device).detach().requires_grad_(), t = target.to(device);
    take_traffic();
    const LossValue value = loss(z, t, options);
    value.total.backward();
    const DeviceTraffic traffic = take_traffic();
    CHECK(traffic.reads == std::vector<std::string>());
    CHECK(traffic.uploads == std::vector<std::string>());
    return std::pair(value.values.cpu(), z.grad().cpu() * static_cast<double>(z.numel()));
  };
  const auto [values, gradient] = evaluate(torch::kCPU);
  const auto [values_there, gradient_there] = evaluate(kStandIn);
  CHECK(difference(values, values_there) < 1e-5);
  CHECK(difference(gradient, gradient_there) <= 1e-4 * gradient.abs().max().item<double>());
}

}  // namespace acinus::test
