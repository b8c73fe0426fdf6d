#include "core/ops/prepared_conv2d.h"

#include "core/ops/nhwc.h"

namespace acinus::ops {

namespace {

// G of F(4×4, 3×3): the points 0, ±1, ±2 and infinity.
Tensor filter_transform() {
  return torch::tensor({{1. / 4, 0., 0.},
                        {-1. / 6, -1. / 6, -1. / 6},
                        {-1. / 6, 1. / 6, -1. / 6},
                        {1. / 24, 1. / 12, 1. / 6},
                        {1. / 24, -1. / 12, 1. / 6},
                        {0., 0., 1.}},
                       at::kDouble);
}

// [O, C, h, w] → [panels, h · w, C, kPanel]
Tensor in_panels(const Tensor& weight) {
  const int64_t out = weight.size(0), in = weight.size(1), panel = cpu::kPanel, panels = (out + panel - 1) / panel;
  return at::constant_pad_nd(weight.flatten(2), {0, 0, 0, 0, 0, panels * panel - out})
      .reshape({panels, panel, in, -1})
      .permute({0, 3, 2, 1})
      .to(at::kFloat)
      .contiguous();
}

// body(image, first, count, scratch) over all of `length` items of each image, in parallel.
template <class Body>
void for_stretches_with_scratch(int64_t images, int64_t length, int64_t needed, Body body) {
  const int64_t each = parts_per_image(images, length), all = images * each, shares = std::min<int64_t>(all, threads());
  const Tensor scratch = floats({shares, needed});
  cpu::parallel_parts(shares, threads(), [&](int64_t share) {
    const auto [from, to] = cpu::part_of(all, shares, share);
    for (int64_t part = from; part < to; ++part) {
      const auto [begin, end] = cpu::part_of(length, each, part % each);
      if (end > begin) body(part / each, begin, end - begin, scratch.data_ptr<float>() + share * needed);
    }
  });
}

}  // namespace

bool PreparedConv2d::pays(const Tensor& weight, int64_t stride, int64_t padding, at::ScalarType type) {
  const int64_t kernel = weight.size(2);
  const bool known = (kernel == 1 || kernel == 3) && stride == 1 && 2 * padding == kernel - 1;
  // Where the processor multiplies bfloat16, LibTorch does so twice as fast as float32 is multiplied here.
  const bool faster = type == at::kFloat || (type == at::kBFloat16 && !cpu::multiplies_bfloat16());
  return known && faster && cpu::kernels_enabled();
}

PreparedConv2d::PreparedConv2d(const Tensor& weight, const Tensor& bias, const BatchNorm* norm)
    : out_channels_(weight.size(0)), kernel_(weight.size(2)) {
  const torch::NoGradGuard no_grad;
  const NoAutocast no_autocast(c10::autocast_dispatch_keyset);
  const auto wide = [](const Tensor& tensor) { return tensor.detach().to(at::kDouble); };
  Tensor folded = wide(weight), offset = bias.defined() ? wide(bias) : at::zeros({out_channels_}, at::kDouble);
  if (norm) {
    const Tensor scale = wide(norm->weight) / (wide(norm->running_var) + norm->eps).sqrt();
    folded = folded * scale.view({-1, 1, 1, 1});
    offset = (offset - wide(norm->running_mean)) * scale + wide(norm->bias);
  }
  const Tensor transform = filter_transform();
  weight_ = in_panels(kernel_ == 1 ? folded : at::matmul(at::matmul(transform, folded), transform.t()));
  bias_ = offset.to(at::kFloat);
}

Tensor PreparedConv2d::forward(const Tensor& x, Activation activation, const Tensor& residual) const {
  Tensor y =
      at::empty({x.size(0), out_channels_, x.size(2), x.size(3)}, x.options().memory_format(at::MemoryFormat::ChannelsLast));
  with_type(x, [&]<class T>() {
    if (kernel_ == 1) return pointwise<T>(x, activation, residual, y);
    winograd<T>(x, activation, y);
    if (residual.defined()) y.add_(residual);
  });
  return y;
}

template <class T>
void PreparedConv2d::pointwise(const Tensor& x, Activation activation, const Tensor& residual, const Tensor& y) const {
  const Nhwc in(x);
  const cpu::PointwiseShape shape{in.channels, out_channels_};
  for_stretches_with_scratch(
      in.images, in.pixels(), cpu::pointwise_scratch(shape), [&](int64_t image, int64_t first, int64_t count, float* scratch) {
        const int64_t pixel = image * in.pixels() + first, at = pixel * out_channels_;
        cpu::kernels<T>().pointwise[activation](shape, data_of<T>(x) + pixel * in.channels, values(weight_), values(bias_),
                                                residual.defined() ? data_of<T>(residual) + at : nullptr, data_of<T>(y) + at,
                                                count, scratch);
      });
}

template <class T>
void PreparedConv2d::winograd(const Tensor& x, Activation activation, const Tensor& y) const {
  const Nhwc in(x);
  const cpu::ConvolutionShape shape{in.height, in.width, in.channels, out_channels_};
  const int64_t tiles = ((in.height + 3) / 4) * ((in.width + 3) / 4);
  for_stretches_with_scratch(
      in.images, tiles, cpu::winograd_scratch(shape), [&](int64_t image, int64_t first, int64_t count, float* scratch) {
        const int64_t pixel = image * in.pixels();
        cpu::kernels<T>().winograd[activation](shape, data_of<T>(x) + pixel * in.channels, values(weight_), values(bias_),
                                               data_of<T>(y) + pixel * out_channels_, first, first + count, scratch);
      });
}

}  // namespace acinus::ops
