#include "core/ops/scse.h"

#include "core/ops/cpu/channel_gate.h"
#include "core/ops/cpu/implementations.h"
#include "core/ops/cpu/nhwc.h"

namespace acinus::ops::on_cpu {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// One image of the gated tensors, in the form that the kernels take.
struct Inputs {
  std::vector<Tensor> tensors;
  bool first_upsampled = false;  // the first has half the size of the others

  int64_t images() const { return tensors[0].size(0); }
  int64_t height() const { return tensors[0].size(2) * (first_upsampled ? 2 : 1); }
  int64_t width() const { return tensors[0].size(3) * (first_upsampled ? 2 : 1); }
  int64_t pixels() const { return height() * width(); }
  int64_t channels() const {
    int64_t sum = 0;
    for (const auto& tensor : tensors) sum += tensor.size(1);
    return sum;
  }
  template <class T>
  std::vector<cpu::Source<T>> sources(int64_t image, const std::vector<Tensor>& gradients = {}) const {
    std::vector<cpu::Source<T>> out;
    for (size_t k = 0; k < tensors.size(); ++k) {
      const int64_t at = image * tensors[k].numel() / images();
      T* gradient = gradients.empty() || !gradients[k].defined() ? nullptr : data_of<T>(gradients[k]) + at;
      out.push_back({data_of<T>(tensors[k]) + at, gradient, tensors[k].size(1), k == 0 && first_upsampled});
    }
    return out;
  }
};

// Threads get pairs of rows, because each row of a repeated source belongs to two.
int64_t pairs_of(const Inputs& inputs) { return (inputs.height() + 1) / 2; }
cpu::Rows rows_of(const Inputs& inputs, int64_t first, int64_t count) {
  return {2 * first, std::min(2 * (first + count), inputs.height()), inputs.width()};
}
int64_t block_of(const Inputs& inputs) { return std::max<int64_t>(1, kBlock / (2 * inputs.width())); }

struct ScseKept {
  ChannelGate channel;
  Tensor pixel;   // [B, H·W]
  Tensor weight;  // of the pixel gate, [C] float
  std::optional<Affine> affine;
  bool first_upsampled;
};

template <class T>
Tensor forward_of(const Inputs& inputs, const ScseWeights& weights, std::optional<Affine> affine,
                  std::optional<ScseKept>& kept) {
  const auto& kernels = cpu::kernels<T>();
  const int64_t images = inputs.images(), channels = inputs.channels(), pixels = inputs.pixels();
  const cpu::Norm view = affine ? affine->view() : cpu::Norm{};
  const cpu::Norm* norm = affine ? &view : nullptr;
  const Tensor weight = as_floats(weights.pixel);
  const float bias = *values(as_floats(weights.pixel_bias));
  Tensor pixel = floats({images, pixels});
  auto means = sums_of_images(
      images, pairs_of(inputs), channels, block_of(inputs), [&](int64_t image, int64_t first, int64_t count, float* out) {
        const auto sources = inputs.sources<T>(image);
        kernels.scse_gates(sources.data(), static_cast<int>(sources.size()), rows_of(inputs, first, count), norm,
                           values(weight), bias, out, pixel.data_ptr<float>() + image * pixels);
      });
  for (double& mean : means) mean /= static_cast<double>(pixels);
  kept.emplace(ScseKept{ChannelGate(to_floats(means, {images, channels}), weights.channel, cpu::kRelu), pixel, weight,
                        std::move(affine), inputs.first_upsampled});
  Tensor y = empty_nhwc({images, channels, inputs.height(), inputs.width()}, inputs.tensors[0].scalar_type());
  for_stretches(images, pairs_of(inputs), [&](int64_t image, int64_t first, int64_t count) {
    const auto sources = inputs.sources<T>(image);
    const cpu::ScseGates gates{values(kept->channel.gate()) + image * channels, values(pixel) + image * pixels, values(weight)};
    kernels.scse(sources.data(), static_cast<int>(sources.size()), rows_of(inputs, first, count), norm, gates,
                 data_of<T>(y) + image * pixels * channels);
  });
  return y;
}

struct ScseGradients {
  std::vector<Tensor> inputs;
  ChannelGateWeights channel;
  Tensor pixel, pixel_bias;
  Tensor norm_weight, norm_bias;
};

template <class T>
ScseGradients backward_of(const Inputs& inputs, const ScseKept& kept, const Tensor& dy, std::vector<Tensor> gradients) {
  const auto& kernels = cpu::kernels<T>();
  const int64_t images = inputs.images(), channels = inputs.channels(), pixels = inputs.pixels();
  const cpu::Norm view = kept.affine ? kept.affine->view() : cpu::Norm{};
  const cpu::Norm* norm = kept.affine ? &view : nullptr;
  const int64_t kinds = norm ? 6 : 2, numbers = kinds * channels;
  const auto gates_of = [&](int64_t image) {
    return cpu::ScseGates{values(kept.channel.gate()) + image * channels, values(kept.pixel) + image * pixels,
                          values(kept.weight)};
  };
  Tensor slope = floats({images, pixels});
  const auto sums = sums_of_images(
      images, pairs_of(inputs), numbers, block_of(inputs), [&](int64_t image, int64_t first, int64_t count, float* out) {
        const auto sources = inputs.sources<T>(image);
        kernels.scse_backward_sums(sources.data(), static_cast<int>(sources.size()), data_of<T>(dy) + image * pixels * channels,
                                   rows_of(inputs, first, count), norm, gates_of(image),
                                   slope.data_ptr<float>() + image * pixels, out);
      });
  const auto sum = [&](int64_t image, int64_t which, int64_t c) { return sums[image * numbers + which * channels + c]; };
  Tensor of_gate = floats({images, channels});
  std::vector<double> weight(static_cast<size_t>(channels));
  auto* to_gate = of_gate.data_ptr<float>();
  for (int64_t image = 0; image < images; ++image) {
    for (int64_t c = 0; c < channels; ++c) {
      *to_gate++ = static_cast<float>(sum(image, 0, c));
      weight[c] += sum(image, 1, c);
    }
  }
  auto through_gate = kept.channel.gradient(of_gate);
  const Tensor of_means = through_gate.mean.div_(static_cast<double>(pixels));
  const float* of_mean = values(of_means);
  ScseGradients out{std::move(gradients),
                    through_gate.weights,
                    to_floats(weight, {1, channels, 1, 1}),
                    to_floats(std::array{sum_of(slope)}, {1}),
                    {},
                    {}};
  std::optional<Affine::Gradient> of_norm;
  if (norm) {
    std::vector<double> total(static_cast<size_t>(2 * channels));
    for (int64_t image = 0; image < images; ++image) {
      for (int64_t c = 0; c < channels; ++c) {
        const auto m = static_cast<double>(of_mean[image * channels + c]);
        total[c] += sum(image, 2, c) + m * sum(image, 3, c);
        total[channels + c] += sum(image, 4, c) + m * sum(image, 5, c);
      }
    }
    of_norm.emplace(kept.affine->gradient(total.data(), total.data() + channels));
    out.norm_weight = of_norm->weight;
    out.norm_bias = of_norm->bias;
  }
  const cpu::NormGradient to_input = of_norm ? of_norm->view() : cpu::NormGradient{};
  for_stretches(images, pairs_of(inputs), [&](int64_t image, int64_t first, int64_t count) {
    const auto sources = inputs.sources<T>(image, out.inputs);
    const cpu::ScseGradient gradient{values(slope) + image * pixels, of_mean + image * channels};
    kernels.scse_backward(sources.data(), static_cast<int>(sources.size()), data_of<T>(dy) + image * pixels * channels,
                          rows_of(inputs, first, count), norm, gates_of(image), gradient, &to_input);
  });
  return out;
}

struct UpsampleCatScse : torch::autograd::Function<UpsampleCatScse> {
  static Tensor forward(AutogradContext* context, at::TensorList tensors, const Tensor& reduce, const Tensor& reduce_bias,
                        const Tensor& expand, const Tensor& expand_bias, const Tensor& pixel, const Tensor& pixel_bias) {
    const KernelsAlone alone;
    const Inputs inputs{tensors.vec(), true};
    std::optional<ScseKept> kept;
    const ScseWeights weights{{reduce, reduce_bias, expand, expand_bias}, pixel, pixel_bias};
    Tensor y = with_type(tensors[0], [&]<class T>() { return forward_of<T>(inputs, weights, std::nullopt, kept); });
    context->save_for_backward(inputs.tensors);
    keep(context, std::move(*kept));
    return y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const KernelsAlone alone;
    const Inputs inputs{context->get_saved_variables(), true};
    std::vector<Tensor> wanted;
    for (size_t k = 0; k < inputs.tensors.size(); ++k) {
      wanted.push_back(context->needs_input_grad(k) ? like(inputs.tensors[k]) : Tensor());
    }
    const auto& kept = ops::kept<ScseKept>(context);
    const auto out = with_type(inputs.tensors[0], [&]<class T>() {
      return backward_of<T>(inputs, kept, as_laid_out(gradients[0], inputs.tensors[0]), wanted);
    });
    variable_list list = out.inputs;
    const auto& c = out.channel;
    list.insert(list.end(), {c.reduce, c.reduce_bias, c.expand, c.expand_bias, out.pixel, out.pixel_bias});
    return list;
  }
};

struct NormReluScse : torch::autograd::Function<NormReluScse> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor&, const Tensor&, const Tensor& reduce,
                        const Tensor& reduce_bias, const Tensor& expand, const Tensor& expand_bias, const Tensor& pixel,
                        const Tensor& pixel_bias, const BatchNorm& norm) {
    const KernelsAlone alone;
    std::optional<ScseKept> kept;
    const ScseWeights weights{{reduce, reduce_bias, expand, expand_bias}, pixel, pixel_bias};
    Tensor y = with_type(x, [&]<class T>() { return forward_of<T>(Inputs{{x}}, weights, Affine(x, norm), kept); });
    context->save_for_backward({x});
    keep(context, std::move(*kept));
    return y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const KernelsAlone alone;
    const Tensor x = context->get_saved_variables()[0];
    const auto& kept = ops::kept<ScseKept>(context);
    const auto out =
        with_type(x, [&]<class T>() { return backward_of<T>(Inputs{{x}}, kept, as_laid_out(gradients[0], x), {like(x)}); });
    const auto& c = out.channel;
    return {out.inputs[0], out.norm_weight, out.norm_bias, c.reduce,       c.reduce_bias,
            c.expand,      c.expand_bias,   out.pixel,     out.pixel_bias, Tensor()};
  }
};

}  // namespace

Tensor upsample_cat_scse(const Tensor& low, at::TensorList skips, const ScseWeights& weights) {
  std::vector<Tensor> tensors{low};
  tensors.insert(tensors.end(), skips.begin(), skips.end());
  const auto& c = weights.channel;
  return UpsampleCatScse::apply(at::TensorList(tensors), c.reduce, c.reduce_bias, c.expand, c.expand_bias, weights.pixel,
                                weights.pixel_bias);
}

Tensor batch_norm_relu_scse(const Tensor& x, const BatchNorm& norm, const ScseWeights& weights) {
  const auto& c = weights.channel;
  return NormReluScse::apply(x, norm.weight, norm.bias, c.reduce, c.reduce_bias, c.expand, c.expand_bias, weights.pixel,
                             weights.pixel_bias, norm);
}

}  // namespace acinus::ops::on_cpu
