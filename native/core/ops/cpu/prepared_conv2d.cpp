#include "core/ops/cpu/prepared_conv2d.h"

#include "core/ops/cpu/nhwc.h"
#include "core/ops/cpu/pointwise_conv2d.h"
#include "core/ops/cpu/winograd_conv2d.h"

namespace acinus::ops::on_cpu {

namespace {

std::vector<std::pair<const void*, uint32_t>> origin_of(const Tensor& weight, const Tensor& bias, const BatchNorm* norm) {
  std::vector<std::pair<const void*, uint32_t>> origin;
  const auto add = [&](const Tensor& tensor) {
    if (tensor.defined()) origin.emplace_back(tensor.const_data_ptr(), tensor._version());
  };
  add(weight);
  add(bias);
  if (!norm) return origin;
  for (const Tensor* tensor : {&norm->weight, &norm->bias, &norm->running_mean, &norm->running_var}) add(*tensor);
  return origin;
}

}  // namespace

PreparedConv2d::PreparedConv2d(const Tensor& weight, const Tensor& bias, const BatchNorm* norm)
    : out_channels_(weight.size(0)), kernel_(weight.size(2)), origin_(origin_of(weight, bias, norm)) {
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

Tensor PreparedConv2d::forward(const Tensor& x, cpu::Activation activation, const Tensor& residual, const Tensor& gate) const {
  if (kernel_ == 1) return pointwise(x, gate, activation, residual);
  TORCH_INTERNAL_ASSERT(!gate.defined());
  Tensor y = winograd(x, weight_, bias_, activation);
  if (residual.defined()) y.add_(residual);
  return y;
}

Tensor PreparedConv2d::forward_upsampled(const Tensor& x, cpu::Activation activation) const {
  TORCH_INTERNAL_ASSERT(kernel_ == 3);
  return winograd(x, weight_, bias_, activation, /*upsampled=*/true);
}

bool PreparedConv2d::is_of(const Tensor& weight, const Tensor& bias, const BatchNorm* norm) const {
  return origin_ == origin_of(weight, bias, norm);
}

const PreparedConv2d& prepared_copy(const Conv2d& convolution, const BatchNorm* norm) {
  auto& place = *convolution.place;
  // Rows of the table (ops/table.cpp) put nothing else there.
  auto* kept = static_cast<PreparedConv2d*>(place.get());
  if (!kept || !kept->is_of(convolution.weight, convolution.bias, norm)) {
    place.reset();
    place = std::make_unique<PreparedConv2d>(convolution.weight, convolution.bias, norm);
  }
  return static_cast<const PreparedConv2d&>(*place);
}

cpu::Expansion PreparedConv2d::expansion() const {
  TORCH_INTERNAL_ASSERT(kernel_ == 1);
  return {weight_.size(1), values(weight_), values(bias_)};
}

Tensor PreparedConv2d::pointwise(const Tensor& x, const Tensor& gate, cpu::Activation activation,
                                 const Tensor& residual) const {
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

}  // namespace acinus::ops::on_cpu
