#include "test/kernels/kernel_runs.h"

#include "core/error.h"
#include "core/ops/adamw.h"
#include "core/ops/cpu/implementations.h"
#include "core/ops/cpu/patch_conv2d.h"
#include "core/ops/cpu/pointwise_conv2d.h"
#include "core/ops/cpu/prepared_conv2d.h"
#include "core/ops/cpu/winograd_conv2d.h"
#include "core/ops/depthwise_conv2d.h"
#include "core/ops/squeeze_excite.h"

namespace acinus::ops::checks {

namespace {

Run run_norm(const KernelCase& request, Contents& draw, Activation activation) {
  const int64_t c = request.channels[0];
  return
      [=, x = draw.image(c, request.height, request.width), n = NormContent(draw, c), training = request.training](Side& side) {
        const Tensor input = side.activation("input", x);
        const BatchNorm norm = norm_of(side, n, training);
        if (activation == Activation::kRelu) side.note_kink(input, norm);
        return side.is_fast() ? batch_norm_act(input, norm, activation) : plain::batch_norm_act(input, norm, activation);
      };
}

Run run_add(const KernelCase& request, Contents& draw) {
  const int64_t c = request.channels[0];
  const Tensor factors = at::full({request.images}, 1.25, at::kFloat);
  factors.slice(0, 1, {}, 3).zero_();  // of one image in three the branch is dropped
  return [=, x = draw.image(c, request.height, request.width), r = draw.image(c, request.height, request.width),
          n = NormContent(draw, c), training = request.training](Side& side) {
    const Tensor input = side.activation("input", x), residual = side.activation("residual", r);
    const BatchNorm norm = norm_of(side, n, training);
    return side.is_fast() ? batch_norm_add(input, norm, residual, factors)
                          : plain::batch_norm_add(input, norm, residual, factors);
  };
}

// Padded unevenly, except where what is flat is to stay flat.
WindowOptions windows_for(const KernelCase& request) {
  const int64_t k = request.kernel, pad = (k - 1) / 2;
  if (request.flat) return {k, request.stride, 0, 0, 0, 0};
  return request.stride == 1 ? WindowOptions{k, 1, pad, pad, pad, pad} : WindowOptions{k, 2, pad - 1, pad, pad, k - pad};
}

Run run_depthwise(const KernelCase& request, Contents& draw, bool normed) {
  const int64_t c = request.channels[0], k = request.kernel;
  return [=, x = draw.image(c, request.height, request.width), n = NormContent(draw, c), w = draw({c, 1, k, k}, 0.3),
          options = windows_for(request), training = request.training](Side& side) {
    const Tensor input = side.activation("input", x), weight = side.parameter("weight", w);
    std::optional<BatchNorm> norm;
    if (normed) norm.emplace(norm_of(side, n, training));
    const BatchNorm* given = norm ? &*norm : nullptr;
    if (!side.is_fast()) return plain::depthwise_conv2d(input, given, weight, options).y;
    const Depthwise out = depthwise_conv2d(input, given, weight, options);
    if (out.statistics.mean.defined()) side.hold_statistics(out.statistics, out.y);
    return out.y;
  };
}

enum class Front { kNone, kNorm, kExpansion };

// An inverted bottleneck for inference, from what stands in front of its depthwise convolution: nothing, norm and SiLU, or the
// expansion too, from the first to the last number of channels. The means are compared with the result: behind their gate an
// error would hardly show.
Run run_bottleneck(const KernelCase& request, Contents& draw, Front front) {
  const int64_t in = request.channels.front(), c = request.channels.back(), out = c / 2 + 1, k = request.kernel;
  const auto scale = [](int64_t channels) { return 1 / std::sqrt(static_cast<double>(channels)); };
  return [=, x = draw.image(in, request.height, request.width), e = draw({c, in, 1, 1}, scale(in)), n = NormContent(draw, c),
          w = draw({c, 1, k, k}, 0.3), n1 = NormContent(draw, c), g = GateContent(draw, c), p = draw({out, c, 1, 1}, scale(c)),
          n2 = NormContent(draw, out), options = windows_for(request)](Side& side) {
    const torch::NoGradGuard no_grad;
    const Tensor input = side.activation("input", x), expand = side.parameter("expansion", e),
                 weight = side.parameter("weight", w), projection = side.parameter("projection", p);
    const BatchNorm norm = norm_of(side, n, false), after = norm_of(side, n1, false), projected = norm_of(side, n2, false);
    const BatchNorm* given = front == Front::kNone ? nullptr : &norm;
    const bool expanded = front == Front::kExpansion;
    const auto gate = gate_of(side, g);
    const auto with_means = [](const Tensor& y, const Tensor& mean) { return at::cat({y.flatten(), mean.flatten()}); };
    if (!side.is_fast()) {
      const Tensor before = expanded ? at::conv2d(input, expand) : input;
      const auto [s, mean] = plain::depthwise_conv2d_squeeze(before, nullptr, given, weight, options, after);
      const Tensor gated = plain::gated(s, plain::excitation(mean, gate));
      return with_means(plain::batch_norm_act(at::conv2d(gated, projection), projected, Activation::kIdentity), mean);
    }
    std::unique_ptr<PreparedWeights> place;
    const Conv2d expansion(expand, {}, {.kernel = 1}, /*groups=*/1, &place);
    const auto [s, mean] = expanded ? on_cpu::expanded_conv2d_squeeze(input, &expansion, given, weight, options, after)
                                    : depthwise_conv2d_squeeze(input, nullptr, given, weight, options, after);
    const on_cpu::PreparedConv2d project(projection, {}, &projected);
    return with_means(project.forward(s, cpu::kIdentity, {}, excitation(mean, gate)), mean);
  };
}

Run run_gated(const KernelCase& request, Contents& draw) {
  const int64_t c = request.channels[0];
  return [x = draw.image(c, request.height, request.width), g = draw({request.images, c})](Side& side) {
    const torch::NoGradGuard no_grad;
    const Tensor input = side.activation("input", x), gate = side.parameter("gate", g);
    return side.is_fast() ? gated(input, gate) : plain::gated(input, gate);
  };
}

Run run_excite_conv1x1(const KernelCase& request, Contents& draw) {
  const int64_t c = request.channels[0], out = c / 2 + 1;
  return [=, x = draw.image(c, request.height, request.width), n = NormContent(draw, c), g = GateContent(draw, c),
          w = draw({out, c, 1, 1}, 1 / std::sqrt(static_cast<double>(c))), training = request.training](Side& side) {
    const Tensor input = side.activation("input", x), projection = side.parameter("projection", w);
    const BatchNorm norm = norm_of(side, n, training);
    const auto weights = gate_of(side, g);
    return side.is_fast() ? squeeze_excite_conv1x1(input, norm, weights, projection, {})
                          : plain::squeeze_excite_conv1x1(input, norm, weights, projection, {});
  };
}

Run run_norm_scse(const KernelCase& request, Contents& draw) {
  const int64_t c = request.channels[0];
  return [=, x = draw.image(c, request.height, request.width), n = NormContent(draw, c), g = GateContent(draw, c),
          training = request.training](Side& side) {
    const Tensor input = side.activation("input", x);
    const BatchNorm norm = norm_of(side, n, training);
    side.note_kink(input, norm);
    const auto weights = scse_of(side, g);
    return side.is_fast() ? batch_norm_relu_scse(input, norm, weights) : plain::batch_norm_relu_scse(input, norm, weights);
  };
}

Run run_cat_scse(const KernelCase& request, Contents& draw) {
  std::vector<Tensor> images{draw.image(request.channels[0], request.height, request.width)};
  int64_t all = request.channels[0];
  for (size_t k = 1; k < request.channels.size(); ++k) {
    images.push_back(draw.image(request.channels[k], 2 * request.height, 2 * request.width));
    all += request.channels[k];
  }
  return [=, g = GateContent(draw, all)](Side& side) {
    const Tensor low = side.activation("upsampled input", images[0]);
    std::vector<Tensor> skips;
    for (size_t k = 1; k < images.size(); ++k) skips.push_back(side.activation("skip", images[k]));
    const auto weights = scse_of(side, g);
    return side.is_fast() ? upsample_cat_scse(low, skips, weights) : plain::upsample_cat_scse(low, skips, weights);
  };
}

Run run_prepared(const KernelCase& request, Contents& draw, int64_t kernel) {
  const int64_t in = request.channels.front(), out = request.channels.back();
  const double scale = 1 / std::sqrt(static_cast<double>(in * kernel * kernel));
  return [=, x = draw.image(in, request.height, request.width), r = draw.image(out, request.height, request.width),
          w = draw({out, in, kernel, kernel}, scale), n = NormContent(draw, out)](Side& side) {
    const torch::NoGradGuard no_grad;
    const Tensor input = side.activation("input", x), residual = side.activation("residual", r);
    const Tensor weight = side.parameter("weight", w);
    const BatchNorm norm = norm_of(side, n, false);
    if (side.is_fast()) return on_cpu::PreparedConv2d(weight, {}, &norm).forward(input, cpu::kRelu, residual);
    return plain::batch_norm_act(at::conv2d(input, weight, {}, 1, kernel / 2), norm, Activation::kRelu) + residual;
  };
}

Run run_prepared_upsampled(const KernelCase& request, Contents& draw) {
  const int64_t in = request.channels.front(), out = request.channels.back();
  return [x = draw.image(in, request.height, request.width), n = NormContent(draw, out),
          w = draw({out, in, 3, 3}, 1 / std::sqrt(static_cast<double>(in * 9)))](Side& side) {
    const torch::NoGradGuard no_grad;
    const Tensor input = side.activation("input", x), weight = side.parameter("weight", w);
    const BatchNorm norm = norm_of(side, n, false);
    if (side.is_fast()) return on_cpu::PreparedConv2d(weight, {}, &norm).forward_upsampled(input, cpu::kRelu);
    return plain::batch_norm_act(at::conv2d(plain::upsample_nearest2x(input), weight, {}, 1, 1), norm, Activation::kRelu);
  };
}

Run run_winograd(const KernelCase& request, Contents& draw, bool upsampled) {
  const int64_t in = request.channels.front(), out = request.channels.back();
  return [=, x = draw.image(in, request.height, request.width), b = draw({out}),
          w = draw({out, in, 3, 3}, 1 / std::sqrt(static_cast<double>(in * 9)))](Side& side) {
    const Tensor input = side.activation("input", x), weight = side.parameter("weight", w), bias = side.parameter("bias", b);
    if (side.is_fast()) return on_cpu::winograd_conv2d(input, weight, bias, upsampled);
    return at::conv2d(upsampled ? plain::upsample_nearest2x(input) : input, weight, bias, 1, 1);
  };
}

Run run_pointwise(const KernelCase& request, Contents& draw) {
  const int64_t in = request.channels.front(), out = request.channels.back();
  return [x = draw.image(in, request.height, request.width), b = draw({out}),
          w = draw({out, in, 1, 1}, 1 / std::sqrt(static_cast<double>(in)))](Side& side) {
    const Tensor input = side.activation("input", x), weight = side.parameter("weight", w), bias = side.parameter("bias", b);
    return side.is_fast() ? on_cpu::pointwise_conv2d(input, weight, bias) : at::conv2d(input, weight, bias);
  };
}

Run run_patches(const KernelCase& request, Contents& draw) {
  const int64_t in = request.channels.front(), out = request.channels.back(), k = request.kernel;
  return [x = draw.image(in, request.height, request.width), b = draw({out}), options = windows_for(request),
          w = draw({out, in, k, k}, 1 / std::sqrt(static_cast<double>(in * k * k)))](Side& side) {
    const Tensor input = side.activation("input", x), weight = side.parameter("weight", w), bias = side.parameter("bias", b);
    if (side.is_fast()) return on_cpu::patch_conv2d(input, weight, bias, options);
    const auto& o = options;
    return at::conv2d(at::constant_pad_nd(input, {o.pad_left, o.pad_right, o.pad_top, o.pad_bottom}), weight, bias, o.stride);
  };
}

// Two steps over parameters of several lengths, one longer than what a thread takes at a time: parameters, moments, and the
// norm of the gradients, all of them near 1.
Run run_adamw(const KernelCase& request, Contents& draw) {
  const int64_t c = request.channels[0];
  const std::array<int64_t, 3> lengths{c, request.images * request.height * request.width, (1 << 15) + c};
  std::array<std::vector<Tensor>, 5> contents;  // parameters, moments, and the gradients of each step
  for (const int64_t length : lengths) {
    for (auto& content : contents) content.push_back(draw({length}));
    contents[2].back().abs_();  // squares
  }
  return [=](Side& side) {
    const torch::NoGradGuard no_grad;
    const auto tensors = [&](size_t which) {
      std::vector<Tensor> out;
      for (const Tensor& content : contents[which]) out.push_back(side.parameter("numbers", content));
      return out;
    };
    AdamWTensors all{tensors(0), {}, tensors(1), tensors(2), {}};
    for (size_t i = 0; i < lengths.size(); ++i) all.steps.push_back(at::zeros({}, at::kFloat));
    const AdamWRates rates{.learning_rate = 0.5, .beta1 = 0.85, .beta2 = 0.98, .weight_decay = 0.1, .eps = 1e-3};
    std::vector<Tensor> out;
    for (size_t step = 0; step < 2; ++step) {
      all.gradients = tensors(3 + step);
      const Tensor norm = side.is_fast() ? total_norm(all.gradients) : plain::total_norm(all.gradients);
      out.push_back(norm.view({1}) / std::sqrt(static_cast<double>(lengths[0] + lengths[1] + lengths[2])));
      const Tensor scale = step == 0 ? Tensor() : at::full({}, 1.5, at::kFloat);
      side.is_fast() ? adamw_step(all, rates, scale) : plain::adamw_step(all, rates, scale);
    }
    for (const auto* some : {&all.parameters, &all.exp_avgs, &all.exp_avg_sqs})
      out.insert(out.end(), some->begin(), some->end());
    return at::cat(out);
  };
}

}  // namespace

Run run_of(const KernelCase& request, Contents& draw) {
  const std::string& name = request.operation;
  if (name == "batch_norm") return run_norm(request, draw, Activation::kIdentity);
  if (name == "batch_norm_relu") return run_norm(request, draw, Activation::kRelu);
  if (name == "batch_norm_silu") return run_norm(request, draw, Activation::kSilu);
  if (name == "batch_norm_add") return run_add(request, draw);
  if (name == "depthwise_conv2d") return run_depthwise(request, draw, false);
  if (name == "batch_norm_silu_depthwise_conv2d") return run_depthwise(request, draw, true);
  if (name == "bottleneck") return run_bottleneck(request, draw, Front::kNone);
  if (name == "batch_norm_silu_bottleneck") return run_bottleneck(request, draw, Front::kNorm);
  if (name == "expanded_bottleneck") return run_bottleneck(request, draw, Front::kExpansion);
  if (name == "gated") return run_gated(request, draw);
  if (name == "squeeze_excite_conv1x1") return run_excite_conv1x1(request, draw);
  if (name == "batch_norm_relu_scse") return run_norm_scse(request, draw);
  if (name == "conv1x1") return run_pointwise(request, draw);
  if (name == "conv3x3") return run_winograd(request, draw, /*upsampled=*/false);
  if (name == "upsample_conv3x3") return run_winograd(request, draw, /*upsampled=*/true);
  if (name == "upsample_conv3x3_batch_norm_relu") return run_prepared_upsampled(request, draw);
  if (name == "patch_conv2d") return run_patches(request, draw);
  if (name == "conv1x1_batch_norm_relu_add") return run_prepared(request, draw, 1);
  if (name == "conv3x3_batch_norm_relu_add") return run_prepared(request, draw, 3);
  if (name == "adamw") return run_adamw(request, draw);
  if (name == "upsample_cat_scse") return run_cat_scse(request, draw);
  throw Error("ACINUS_INVALID_ARGUMENT", "There is no fast operation \"" + name + "\".");
}

}  // namespace acinus::ops::checks
