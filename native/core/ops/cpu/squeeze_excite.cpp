#include "core/ops/squeeze_excite.h"

#include <utility>

#include "core/ops/cpu/channel_gate.h"
#include "core/ops/cpu/implementations.h"
#include "core/ops/cpu/nhwc.h"
#include "core/ops/cpu/pointwise_conv2d.h"

namespace acinus::ops::on_cpu {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Excitation {
  Affine affine;
  ChannelGate gate;
};

std::pair<Tensor, Excitation> excited(const Tensor& x, const BatchNorm& norm, const ChannelGateWeights& weights,
                                      const Statistics& statistics) {
  const Nhwc shape(x);
  const int64_t channels = shape.channels, pixels = shape.pixels();
  const Affine affine(x, norm, statistics);
  return with_type(x, [&]<class T>() {
    const auto& kernels = cpu::kernels<T>();
    auto means =
        sums_of_images(shape.images, pixels, channels, kBlock, [&](int64_t image, int64_t first, int64_t count, float* out) {
          kernels.squeeze(data_of<T>(x) + (image * pixels + first) * channels, count, channels, affine.view(), out);
        });
    for (double& mean : means) mean /= static_cast<double>(pixels);
    const ChannelGate gate(to_floats(means, {shape.images, channels}), weights, cpu::kSilu);
    Tensor y = like(x);
    for_stretches(shape.images, pixels, [&](int64_t image, int64_t first, int64_t count) {
      const int64_t at = (image * pixels + first) * channels;
      kernels.excite(data_of<T>(x) + at, count, channels, affine.view(), values(gate.gate()) + image * channels,
                     data_of<T>(y) + at);
    });
    return std::pair(y, Excitation{affine, gate});
  });
}

// The backward pass computes the gated activation again.
struct ExciteConv1x1 : torch::autograd::Function<ExciteConv1x1> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor&, const Tensor&, const Tensor& reduce,
                        const Tensor& reduce_bias, const Tensor& expand, const Tensor& expand_bias, const Tensor& projection,
                        const BatchNorm& norm, const Statistics& statistics) {
    const KernelsAlone alone;
    const auto [y, excitation] = excited(x, norm, {reduce, reduce_bias, expand, expand_bias}, statistics);
    context->save_for_backward({x, projection});
    keep(context, excitation);
    return pointwise::output(y, projection);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const KernelsAlone alone;
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &projection = saved[1];
    const auto& kept = ops::kept<Excitation>(context);
    const Tensor dprojected = as_laid_out(gradients[0], x), dy = pointwise::input_gradient(dprojected, projection);
    Tensor y = like(x);
    const Nhwc shape(x);
    const int64_t channels = shape.channels, pixels = shape.pixels();
    const auto norm = kept.affine.view();
    const float* gate = values(kept.gate.gate());
    return with_type(x, [&]<class T>() -> variable_list {
      const auto& kernels = cpu::kernels<T>();
      const auto sums = sums_of_images(shape.images, pixels, 5 * channels, kBlock,
                                       [&](int64_t image, int64_t first, int64_t count, float* out) {
                                         const int64_t at = (image * pixels + first) * channels;
                                         kernels.excite_backward_sums(data_of<T>(x) + at, data_of<T>(dy) + at, count, channels,
                                                                      norm, gate + image * channels, out, data_of<T>(y) + at);
                                       });
      const Tensor dprojection = pointwise::weight_gradient(dprojected, y, projection);
      y.reset();
      const auto sum = [&](int64_t image, int64_t which, int64_t c) { return sums[(image * 5 + which) * channels + c]; };
      Tensor of_gate = floats({shape.images, channels});
      auto* to_gate = of_gate.data_ptr<float>();
      for (int64_t image = 0; image < shape.images; ++image) {
        for (int64_t c = 0; c < channels; ++c) *to_gate++ = static_cast<float>(sum(image, 0, c));
      }
      auto through_gate = kept.gate.gradient(of_gate);
      const Tensor of_means = through_gate.mean.div_(static_cast<double>(pixels));
      const float* of_mean = values(of_means);
      std::vector<double> total(static_cast<size_t>(2 * channels));
      for (int64_t image = 0; image < shape.images; ++image) {
        for (int64_t c = 0; c < channels; ++c) {
          const auto g = static_cast<double>(gate[image * channels + c]);
          const auto m = static_cast<double>(of_mean[image * channels + c]);
          total[c] += g * sum(image, 1, c) + m * sum(image, 2, c);
          total[channels + c] += g * sum(image, 3, c) + m * sum(image, 4, c);
        }
      }
      const auto of_norm = kept.affine.gradient(total.data(), total.data() + channels);
      Tensor dx = like(x);
      for_stretches(shape.images, pixels, [&](int64_t image, int64_t first, int64_t count) {
        const int64_t at = (image * pixels + first) * channels;
        kernels.excite_backward(data_of<T>(x) + at, data_of<T>(dy) + at, count, channels, norm, gate + image * channels,
                                of_mean + image * channels, of_norm.view(), data_of<T>(dx) + at);
      });
      const auto& w = through_gate.weights;
      return {dx,       of_norm.weight, of_norm.bias, w.reduce, w.reduce_bias,
              w.expand, w.expand_bias,  dprojection,  Tensor(), Tensor()};
    });
  }
};

}  // namespace

Tensor squeeze_excite_conv1x1(const Tensor& x, const BatchNorm& norm, const ChannelGateWeights& weights,
                              const Tensor& projection, const Statistics& statistics) {
  return ExciteConv1x1::apply(x, norm.weight, norm.bias, weights.reduce, weights.reduce_bias, weights.expand,
                              weights.expand_bias, projection, norm, statistics);
}

Tensor excitation(const Tensor& mean, const ChannelGateWeights& weights) {
  return ChannelGate(mean, weights, cpu::kSilu).gate();
}

Tensor gated(const Tensor& s, const Tensor& gate) {
  const Nhwc shape(s);
  const int64_t channels = shape.channels;
  const Tensor none = zeros({channels});
  Tensor y = like(s);
  with_type(s, [&]<class T>() {
    for_stretches(shape.images, shape.pixels(), [&](int64_t image, int64_t first, int64_t count) {
      const int64_t at = (image * shape.pixels() + first) * channels;
      const cpu::Norm scaled{values(gate) + image * channels, values(none), nullptr};
      cpu::kernels<T>().norm[cpu::kIdentity](data_of<T>(s) + at, count, channels, scaled, data_of<T>(y) + at);
    });
  });
  return y;
}

}  // namespace acinus::ops::on_cpu
