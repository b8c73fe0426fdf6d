#include "core/ops/conv2d.h"

#include "core/ops/autocast.h"
#include "core/ops/cpu/implementations.h"
#include "core/ops/cpu/nhwc.h"
#include "core/ops/cpu/patch_conv2d.h"
#include "core/ops/cpu/pointwise_conv2d.h"
#include "core/ops/cpu/prepared_conv2d.h"
#include "core/ops/cpu/winograd_conv2d.h"

namespace acinus::ops::on_cpu {

Tensor conv2d_prepared(const Tensor& given, const Conv2d& convolution, const Conv2dSurroundings& around) {
  const PreparedConv2d& prepared = prepared_copy(convolution, around.norm);
  const Tensor x = given.to(compute_type(given));
  const cpu::Activation activation = kernel_activation(around.activation);
  const bool relu6 = around.activation == Activation::kRelu6;
  if (!around.upsampled && !relu6) return prepared.forward(x, activation, around.residual, around.gate);
  Tensor y = around.upsampled ? prepared.forward_upsampled(x, activation) : prepared.forward(x, activation, {}, around.gate);
  if (relu6) y = activated(y, around.activation);
  return around.residual.defined() ? y.add_(around.residual) : y;
}

Tensor conv2d_by_patches(const Tensor& x, const Conv2d& convolution, const Conv2dSurroundings& around) {
  return finished(patch_conv2d(x.to(compute_type(x)), convolution.weight, convolution.bias, convolution.windows), around);
}

Tensor conv2d_by_winograd(const Tensor& x, const Conv2d& convolution, const Conv2dSurroundings& around) {
  return finished(winograd_conv2d(x.to(compute_type(x)), convolution.weight, convolution.bias, around.upsampled), around);
}

Tensor conv2d_pointwise(const Tensor& x, const Conv2d& convolution, const Conv2dSurroundings& around) {
  return finished(pointwise_conv2d(x.to(compute_type(x)), convolution.weight, convolution.bias), around);
}

Tensor conv2d_in_float32(const Tensor& x, const Conv2d& convolution, const Conv2dSurroundings& around) {
  const auto in_float32 = [&] {
    const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
    return convolved(x.to(at::kFloat), convolution);
  };
  return finished(in_float32().to(compute_type(x)), around);
}

}  // namespace acinus::ops::on_cpu
