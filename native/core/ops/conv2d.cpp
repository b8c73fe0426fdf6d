#include "core/ops/conv2d.h"

#include "core/ops/scse.h"
#include "core/ops/squeeze_excite.h"

namespace acinus::ops {

Conv2d::Conv2d(Tensor of_weight, Tensor of_bias, const WindowOptions& of_windows, int64_t of_groups,
               std::unique_ptr<PreparedWeights>* of_place)
    : weight(std::move(of_weight)), bias(std::move(of_bias)), windows(of_windows), groups(of_groups), place(of_place) {
  if (place && at::GradMode::is_enabled()) place->reset();
}

Tensor finished(const Tensor& convolved, const Conv2dSurroundings& around) {
  const auto& [norm, activation, upsampled, gate, residual] = around;
  if (norm && residual.defined() && activation == Activation::kIdentity) {
    return batch_norm_add(convolved, *norm, residual, /*factors=*/{});
  }
  const Tensor y = norm ? batch_norm_act(convolved, *norm, activation) : activated(convolved, activation);
  return residual.defined() ? y + residual : y;
}

Tensor convolved(const Tensor& x, const Conv2d& convolution) {
  const auto& o = convolution.windows;
  const bool even = o.padded_evenly();
  const Tensor padded = even ? x : at::constant_pad_nd(x, {o.pad_left, o.pad_right, o.pad_top, o.pad_bottom});
  const std::array<int64_t, 2> stride{o.stride, o.stride}, dilation{o.dilation, o.dilation};
  const std::array<int64_t, 2> around{even ? o.pad_top : 0, even ? o.pad_left : 0};
  return at::conv2d(padded, convolution.weight, convolution.bias, stride, around, dilation, convolution.groups);
}

namespace plain {

Tensor conv2d(const Tensor& x, const Conv2d& convolution, const Conv2dSurroundings& around) {
  if (around.upsampled || around.gate.defined()) {
    const Tensor scaled = around.gate.defined() ? ops::gated(x, around.gate) : x;
    return ops::conv2d(around.upsampled ? upsample_nearest2x(scaled) : scaled, convolution,
                       {.norm = around.norm, .activation = around.activation, .gate = {}, .residual = around.residual});
  }
  return finished(convolved(x, convolution), around);
}

}  // namespace plain

}  // namespace acinus::ops
