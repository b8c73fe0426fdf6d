// What kernel_check compares: two sides that are given the same random content.
#pragma once

#include <ATen/CPUGeneratorImpl.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/ops/batch_norm.h"
#include "core/ops/conv2d.h"
#include "core/ops/scse.h"
#include "test/kernels/kernel_check.h"

namespace acinus::ops::checks {

// One side of the comparison: the same values in its own type.
class Side {
 public:
  Side(const KernelCase& request, bool is_fast) : request_(request), fast_(is_fast) {}

  // An activation, [B, C, H, W] of float64 that bfloat16 can hold.
  Tensor activation(const char* name, const Tensor& content) {
    const auto type = fast_ ? (request_.bfloat16 ? at::kBFloat16 : at::kFloat) : at::kDouble;
    return leaf(name, content.to(type).contiguous(fast_ ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous));
  }
  Tensor parameter(const char* name, const Tensor& content) { return leaf(name, content.to(fast_ ? at::kFloat : at::kDouble)); }
  // A running statistic: compared afterwards like a gradient.
  Tensor statistic(const char* name, const Tensor& content) {
    statistics_.emplace_back(name, content.to(fast_ ? at::kFloat : at::kDouble).clone());
    return statistics_.back().second;
  }
  bool is_fast() const { return fast_; }
  // Where relu(norm(x)) has its kink, a rounding decides between two gradients: notes how near the plain side comes to it.
  void note_kink(const Tensor& x, const BatchNorm& norm) {
    if (fast_) return;
    const torch::NoGradGuard no_grad;
    const Tensor z = at::batch_norm(x, norm.weight, norm.bias, norm.running_mean.clone(), norm.running_var.clone(),
                                    norm.training, norm.momentum, norm.eps, false);
    nearest_kink_ = z.abs().min().item<double>();
  }
  double nearest_kink() const { return nearest_kink_; }
  // Statistics that came with a result: in deviations, since that is what normalising makes of an error.
  void hold_statistics(const Statistics& given, const Tensor& y) {
    const Tensor values = y.detach().to(at::kDouble).transpose(0, 1).flatten(1);
    const Tensor mean = values.mean(1), variance = values.var(1, /*unbiased=*/false);
    const Tensor deviation = (variance + 1e-12).sqrt();
    extra_.push_back({"mean that comes with it", ((given.mean - mean) / deviation).abs().max().item<double>(), 1});
    extra_.push_back(
        {"variance that comes with it", ((given.variance - variance) / (variance + 1e-12)).abs().max().item<double>(), 1});
  }
  const std::vector<KernelDifference>& extra() const { return extra_; }

  std::vector<std::pair<std::string, Tensor>> outcome(const Tensor& y, const Tensor& dy) {
    std::vector<std::pair<std::string, Tensor>> out{{"result", y.detach()}};
    if (!y.requires_grad()) return out;  // of an operation for inference alone
    y.backward(dy.to(y.scalar_type()).contiguous(y.suggest_memory_format()));
    for (const auto& [name, tensor] : leaves_) out.emplace_back("gradient of " + name, tensor.grad());
    out.insert(out.end(), statistics_.begin(), statistics_.end());
    return out;
  }

 private:
  Tensor leaf(const char* name, Tensor content) {
    leaves_.emplace_back(name, content.detach().clone().requires_grad_());
    return leaves_.back().second;
  }

  const KernelCase& request_;
  bool fast_;
  double nearest_kink_ = std::numeric_limits<double>::infinity();
  std::vector<std::pair<std::string, Tensor>> leaves_, statistics_;
  std::vector<KernelDifference> extra_;
};

// The random content of a case, drawn once and given to both sides.
class Contents {
 public:
  explicit Contents(const KernelCase& request)
      : request_(request), generator_(at::make_generator<at::CPUGeneratorImpl>(request.seed)) {}
  Tensor operator()(at::IntArrayRef sizes, double scale = 1, double offset = 0) {
    return at::randn(sizes, generator_, at::kDouble) * scale + offset;
  }
  Tensor image(int64_t channels, int64_t height, int64_t width) {
    const std::array<int64_t, 4> sizes{request_.images, channels, height, width};
    const Tensor drawn = request_.flat ? (*this)(sizes, 0.002, 3) : (*this)(sizes);
    return drawn.to(request_.bfloat16 ? at::kBFloat16 : at::kFloat).to(at::kDouble);
  }

 private:
  const KernelCase& request_;
  at::Generator generator_;
};

struct NormContent {
  Tensor weight, bias, mean, variance;
  double momentum;
  NormContent(Contents& draw, int64_t c)
      : weight(draw({c}, 0.3, 1)),
        bias(draw({c}, 0.3)),
        mean(draw({c}, 0.2)),
        variance(draw({c}, 0.1).abs() + 0.8),
        momentum(draw({1}).sigmoid().item<double>()) {}
};

inline BatchNorm norm_of(Side& side, const NormContent& content, bool training) {
  nn::BatchNorm2d module(content.weight.size(0));
  BatchNorm norm(*module);
  norm.weight = side.parameter("norm weight", content.weight);
  norm.bias = side.parameter("norm bias", content.bias);
  norm.running_mean = side.statistic("running mean", content.mean);
  norm.running_var = side.statistic("running variance", content.variance);
  norm.training = training;
  norm.momentum = content.momentum;
  return norm;
}

struct GateContent {
  Tensor reduce, reduce_bias, expand, expand_bias, pixel, pixel_bias;
  GateContent(Contents& draw, int64_t c)
      : reduce(draw({squeezed(c), c, 1, 1}, 0.5)),
        reduce_bias(draw({squeezed(c)}, 0.5)),
        expand(draw({c, squeezed(c), 1, 1}, 0.5)),
        expand_bias(draw({c}, 0.5)),
        pixel(draw({1, c, 1, 1}, 0.3)),
        pixel_bias(draw({1}, 0.5)) {}
  static int64_t squeezed(int64_t c) { return std::max<int64_t>(1, c / 4); }
};

inline ChannelGateWeights gate_of(Side& side, const GateContent& g) {
  return {side.parameter("reduce", g.reduce), side.parameter("reduce bias", g.reduce_bias), side.parameter("expand", g.expand),
          side.parameter("expand bias", g.expand_bias)};
}

inline ScseWeights scse_of(Side& side, const GateContent& g) {
  const auto channel = gate_of(side, g);
  return {channel, side.parameter("pixel gate", g.pixel), side.parameter("pixel gate bias", g.pixel_bias)};
}

}  // namespace acinus::ops::checks
