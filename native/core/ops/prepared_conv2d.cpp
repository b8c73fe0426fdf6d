#include "core/ops/prepared_conv2d.h"

#include "core/ops/nhwc.h"
#include "core/ops/pointwise_conv2d.h"
#include "core/ops/winograd_conv2d.h"

namespace acinus::ops {

bool PreparedConv2d::pays(const Tensor& weight, int64_t stride, int64_t padding, at::ScalarType type) {
  const int64_t kernel = weight.size(2);
  const bool known = (kernel == 1 || kernel == 3) && stride == 1 && 2 * padding == kernel - 1;
  return known && own_products_pay(type, /*by_winograd=*/kernel == 3);
}

PreparedConv2d::PreparedConv2d(const Tensor& weight, const Tensor& bias, const BatchNorm* norm)
    : out_channels_(weight.size(0)), kernel_(weight.size(2)) {
  const torch::NoGradGuard no_grad;
  const KernelsAlone alone;
  const auto wide = [](const Tensor& tensor) { return tensor.detach().to(at::kDouble); };
  Tensor folded = weight.detach().to(at::kFloat),
         offset = bias.defined() ? wide(bias) : at::zeros({out_channels_}, at::kDouble);
  if (norm) {
    const Tensor scale = wide(norm->weight) / (wide(norm->running_var) + norm->eps).sqrt();
    folded = folded * scale.to(at::kFloat).view({-1, 1, 1, 1});
    offset = (offset - wide(norm->running_mean)) * scale + wide(norm->bias);
  }
  if (kernel_ == 3) {
    weight_ = winograd_weights(folded);
  } else {
    weight_ = pointwise::panels({out_channels_, weight.size(1), folded.stride(0), folded.stride(1), 0}, values(folded));
  }
  bias_ = offset.to(at::kFloat);
}

Tensor PreparedConv2d::forward(const Tensor& x, Activation activation, const Tensor& residual, const Tensor& gate) const {
  if (kernel_ == 1) return pointwise(x, gate, activation, residual);
  TORCH_INTERNAL_ASSERT(!gate.defined());
  Tensor y = winograd(x, weight_, bias_, activation);
  if (residual.defined()) y.add_(residual);
  return y;
}

Tensor PreparedConv2d::forward_upsampled(const Tensor& x, Activation activation) const {
  TORCH_INTERNAL_ASSERT(kernel_ == 3);
  return winograd(x, weight_, bias_, activation, /*upsampled=*/true);
}

cpu::Expansion PreparedConv2d::expansion() const {
  TORCH_INTERNAL_ASSERT(kernel_ == 1);
  return {weight_.size(1), values(weight_), values(bias_)};
}

Tensor PreparedConv2d::pointwise(const Tensor& x, const Tensor& gate, Activation activation, const Tensor& residual) const {
  const Nhwc in(x);
  Tensor y = output_for(x, out_channels_);
  const cpu::PointwiseShape shape{in.channels, out_channels_};
  with_type(x, [&]<class T>() {
    for_stretches_with_scratch(in.images, in.pixels(), parts_per_image(in.images, in.pixels()), cpu::pointwise_scratch(shape),
                               [&](int64_t image, int64_t, int64_t first, int64_t count, float* scratch) {
                                 const int64_t pixel = image * in.pixels() + first, at = pixel * out_channels_;
                                 cpu::kernels<T>().pointwise[activation](
                                     shape, data_of<T>(x) + pixel * in.channels,
                                     gate.defined() ? values(gate) + image * in.channels : nullptr, values(weight_),
                                     values(bias_), residual.defined() ? data_of<T>(residual) + at : nullptr,
                                     data_of<T>(y) + at, count, scratch);
                               });
  });
  return y;
}

}  // namespace acinus::ops
