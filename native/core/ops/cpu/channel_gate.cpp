#include "core/ops/cpu/channel_gate.h"

#include "core/ops/cpu/nhwc.h"

namespace acinus::ops::on_cpu {

namespace {

constexpr int64_t kWorthThreads = 1 << 14;  // products

// weight [O, I] and bias [O]: the gradients of a product's weight from those of its outputs [B, O] and its inputs [B, I].
void outer_products(const Tensor& outputs, const Tensor& inputs, const Tensor& weight, const Tensor& bias) {
  const int64_t images = outputs.size(0), rows = outputs.size(1), columns = inputs.size(1);
  const int64_t parts = images * rows * columns < kWorthThreads ? 1 : std::min<int64_t>(rows, threads());
  cpu::parallel_parts(parts, threads(), [&](int64_t part) {
    const auto [begin, end] = cpu::part_of(rows, parts, part);
    cpu::kernels<float>().outer_products(images, values(outputs), rows, values(inputs), columns, begin, end,
                                         weight.data_ptr<float>(), bias.data_ptr<float>());
  });
}

}  // namespace

ChannelGate::ChannelGate(const Tensor& mean, const ChannelGateWeights& weights, cpu::Activation inner)
    : inner_(inner),
      mean_(mean),
      reduce_(as_floats(weights.reduce)),
      reduce_bias_(as_floats(weights.reduce_bias)),
      expand_(as_floats(weights.expand)),
      expand_bias_(as_floats(weights.expand_bias)) {
  const int64_t images = mean_.size(0), channels = mean_.size(1), squeezed = reduce_.size(0);
  before_ = floats({images, squeezed});
  hidden_ = floats({images, squeezed});
  gate_ = floats({images, channels});
  parallel_images([&](const cpu::GateShape& one, int64_t image) {
    cpu::kernels<float>().channel_gate[inner](
        one, view(), values(mean_) + image * channels, before_.data_ptr<float>() + image * squeezed,
        hidden_.data_ptr<float>() + image * squeezed, gate_.data_ptr<float>() + image * channels);
  });
}

// body(shape of a stretch of images, the first of them)
template <class Body>
void ChannelGate::parallel_images(Body body) const {
  const int64_t images = mean_.size(0), channels = mean_.size(1), squeezed = reduce_.size(0);
  const int64_t parts = images * channels * squeezed < kWorthThreads ? 1 : std::min<int64_t>(images, threads());
  cpu::parallel_parts(parts, threads(), [&](int64_t part) {
    const auto [begin, end] = cpu::part_of(images, parts, part);
    body(cpu::GateShape{end - begin, channels, squeezed}, begin);
  });
}

cpu::GateWeights ChannelGate::view() const {
  return {values(reduce_), values(reduce_bias_), values(expand_), values(expand_bias_)};
}

ChannelGate::Gradient ChannelGate::gradient(const Tensor& of_gate) const {
  const int64_t images = mean_.size(0), channels = mean_.size(1), squeezed = reduce_.size(0);
  Gradient out{
      floats({images, channels}),
      {floats({squeezed, channels, 1, 1}), floats({squeezed}), floats({channels, squeezed, 1, 1}), floats({channels})}};
  const Tensor before = floats({images, squeezed}), after = floats({images, channels});
  const auto& kernels = cpu::kernels<float>();
  parallel_images([&](const cpu::GateShape& one, int64_t image) {
    const int64_t c = image * channels, r = image * squeezed;
    kernels.channel_gate_backward[inner_](
        one, view(), {values(mean_) + c, values(before_) + r, values(hidden_) + r, values(gate_) + c}, values(of_gate) + c,
        {out.mean.data_ptr<float>() + c, before.data_ptr<float>() + r, after.data_ptr<float>() + c});
  });
  const auto& w = out.weights;
  outer_products(before, mean_, w.reduce, w.reduce_bias);
  outer_products(after, hidden_, w.expand, w.expand_bias);
  return out;
}

}  // namespace acinus::ops::on_cpu
