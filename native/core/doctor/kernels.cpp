#include "core/doctor/kernels.h"

#include <ATen/CPUGeneratorImpl.h>

#include "core/cpu/isa.h"
#include "core/image/gabor.h"
#include "core/loss/loss.h"
#include "core/ops/adamw.h"
#include "core/ops/batch_norm.h"
#include "core/ops/depthwise_conv2d.h"
#include "core/ops/gabor_response.h"
#include "core/ops/scse.h"
#include "core/ops/warp.h"

namespace acinus {

namespace {

using Tensors = std::vector<Tensor>;
using Operation = std::function<Tensor(const Tensors&)>;

class Comparison {
 public:
  Tensor draw(at::IntArrayRef sizes, double scale = 1, double offset = 0) {
    return (at::randn(sizes, generator_, at::kDouble) * scale + offset).to(at::kFloat);
  }
  Tensor image(int64_t channels) { return draw({2, channels, 17, 20}); }

  void results(const std::string& kernel, const Tensor& result, const Tensor& expected) {
    const Tensor wanted = expected.detach().to(at::kDouble);
    const double difference = (result.detach().to(at::kDouble) - wanted).abs().max().item<double>();
    found_.push_back({kernel, difference, wanted.abs().max().item<double>()});
  }

  // The result and the gradient of each input.
  void gradients(const std::string& kernel, const Tensors& inputs, const Operation& fast, const Operation& plain) {
    const auto evaluate = [&](const Operation& operation, at::ScalarType type) {
      Tensors leaves, out;
      for (const Tensor& input : inputs) {
        const auto layout = input.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
        leaves.push_back(input.to(type).clone(layout).requires_grad_());
      }
      const Tensor y = operation(leaves);
      at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(2);
      y.backward(at::randn(y.sizes(), generator, at::kDouble).to(type).contiguous(y.suggest_memory_format()));
      out.push_back(y);
      for (const Tensor& leaf : leaves) out.push_back(leaf.grad());
      return out;
    };
    const Tensors ours = evaluate(fast, at::kFloat), theirs = evaluate(plain, at::kDouble);
    results(kernel + "'s result", ours[0], theirs[0]);
    for (size_t i = 1; i < ours.size(); ++i) results(kernel + "'s gradient " + std::to_string(i), ours[i], theirs[i]);
  }

  std::vector<KernelDifference> found() && { return std::move(found_); }

 private:
  at::Generator generator_ = at::make_generator<at::CPUGeneratorImpl>(1);
  std::vector<KernelDifference> found_;
};

ops::BatchNorm training_norm(const Tensor& weight, const Tensor& bias) {
  nn::BatchNorm2d module(weight.size(0));
  ops::BatchNorm norm(*module);
  norm.weight = weight;
  norm.bias = bias;
  norm.running_mean = at::zeros_like(weight);
  norm.running_var = at::ones_like(weight);
  norm.training = true;
  return norm;
}

ops::ScseWeights scse_weights(const Tensors& x, size_t first) {
  return {{x[first], x[first + 1], x[first + 2], x[first + 3]}, x[first + 4], x[first + 5]};
}

void compare_network(Comparison& comparison) {
  constexpr int64_t kChannels = 40;
  const auto draw = [&](at::IntArrayRef sizes, double scale) { return comparison.draw(sizes, scale); };
  const Tensor image = comparison.image(kChannels), scale = comparison.draw({kChannels}, 0.3, 1),
               shift = draw({kChannels}, 0.3);
  comparison.gradients(
      "batch_norm_silu", {image, scale, shift},
      [](const Tensors& x) { return ops::batch_norm_act(x[0], training_norm(x[1], x[2]), ops::Activation::kSilu); },
      [](const Tensors& x) { return ops::plain::batch_norm_act(x[0], training_norm(x[1], x[2]), ops::Activation::kSilu); });

  const ops::WindowOptions window{5, 1, 2, 2, 2, 2};
  comparison.gradients(
      "depthwise_conv2d", {image, draw({kChannels, 1, 5, 5}, 0.3)},
      [&](const Tensors& x) { return ops::depthwise_conv2d(x[0], nullptr, x[1], window).y; },
      [&](const Tensors& x) { return ops::plain::depthwise_conv2d(x[0], nullptr, x[1], window).y; });

  comparison.gradients(
      "conv3x3", {image, draw({24, kChannels, 3, 3}, 0.05), draw({24}, 1)},
      [](const Tensors& x) { return ops::conv2d(x[0], ops::Conv2d(x[1], x[2], {3, 1, 1, 1, 1, 1})); },
      [](const Tensors& x) { return at::conv2d(x[0], x[1], x[2], 1, 1); });

  const Tensors gate{draw({10, kChannels, 1, 1}, 0.5), draw({10}, 0.5),
                     draw({kChannels, 10, 1, 1}, 0.5), draw({kChannels}, 0.5),
                     draw({1, kChannels, 1, 1}, 0.3),  draw({1}, 0.5)};
  Tensors given{comparison.draw({2, 24, 8, 10}), comparison.draw({2, 16, 16, 20})};
  given.insert(given.end(), gate.begin(), gate.end());
  comparison.gradients(
      "upsample_cat_scse", given, [](const Tensors& x) { return ops::upsample_cat_scse(x[0], {x[1]}, scse_weights(x, 2)); },
      [](const Tensors& x) { return ops::plain::upsample_cat_scse(x[0], {x[1]}, scse_weights(x, 2)); });
}

void compare_training(Comparison& comparison) {
  // Logits of steps of 1/64: none lies where a rounding decides about a clamp.
  const Tensor logits = (comparison.draw({2, 1, 17, 20}, 256).round() / 64).clamp(-8, 8);
  const Tensor target = comparison.draw({2, 1, 17, 20}).gt(0.5).to(at::kFloat);
  const LossOptions options{.weights = paper_weights()};
  const auto of = [&](auto loss_of) {
    return [&target, &options, loss_of](const Tensors& x) {
      return loss_of(x[0], target.to(x[0].scalar_type()), options).total * x[0].numel();
    };
  };
  comparison.gradients("stabilized_loss", {logits}, of(loss), of(plain::loss));

  const Tensors numbers{comparison.draw({1000}), comparison.draw({1000}), comparison.draw({1000}),
                        comparison.draw({1000}).abs()};
  const auto stepped = [&](auto step, at::ScalarType type) {
    Tensors own;
    for (const Tensor& tensor : numbers) own.push_back(tensor.to(type, /*non_blocking=*/false, /*copy=*/true));
    const ops::AdamWTensors all{{own[0]}, {own[1]}, {own[2]}, {own[3]}, {at::zeros({}, at::kFloat)}};
    step(all, ops::AdamWRates{.learning_rate = 0.1, .beta1 = 0.9, .beta2 = 0.99, .weight_decay = 0.1, .eps = 1e-3}, Tensor());
    return own[0];
  };
  comparison.results("adamw", stepped(ops::adamw_step, at::kFloat), stepped(ops::plain::adamw_step, at::kDouble));
}

void compare_images(Comparison& comparison) {
  const EdgeOptions options{.orientations = 8,
                            .wavelengths = {4.0, 10.0},
                            .sigma = 5,
                            .gamma = 0.5,
                            .psi = 0,
                            .kernel_size = 15,
                            .dc_compensation = true,
                            .l1_normalize = true,
                            .scale = EdgeScale::kImage,
                            .gain = 1,
                            .before_augmentation = false};
  const ops::GaborBank bank{gabor_kernels(options), options.orientations, /*symmetric=*/true};
  const Tensor gray = comparison.draw({2, 1, 40, 33});
  comparison.results("gabor_response", ops::strongest_response(gray, bank),
                     ops::plain::strongest_response(gray.to(at::kDouble), bank));
  const Tensor planes = comparison.draw({3, 40, 33}), field = comparison.draw({2, 40, 33}, 3);
  comparison.results("smoothed", ops::smoothed(planes, 3, 1.5), ops::plain::smoothed(planes.to(at::kDouble), 3, 1.5));
  comparison.results("remap", ops::remap(planes, field, ops::Interpolation::kBilinear),
                     ops::plain::remap(planes.to(at::kDouble), field.to(at::kDouble), ops::Interpolation::kBilinear));
}

}  // namespace

std::vector<KernelDifference> compare_kernels() {
  if (!cpu::kernels_enabled()) return {};
  Comparison comparison;
  compare_network(comparison);
  compare_training(comparison);
  compare_images(comparison);
  return std::move(comparison).found();
}

}  // namespace acinus
