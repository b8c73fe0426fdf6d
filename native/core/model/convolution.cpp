#include "core/model/convolution.h"

#include <ATen/autocast_mode.h>

#include <algorithm>

#include "core/ops/nhwc.h"
#include "core/ops/patch_conv2d.h"
#include "core/ops/pointwise_conv2d.h"
#include "core/ops/scse.h"
#include "core/ops/squeeze_excite.h"
#include "core/ops/winograd_conv2d.h"

namespace acinus {

namespace {

// What a convolution of x computes in.
at::ScalarType compute_type(const Tensor& x) {
  const auto device = x.device().type();
  return at::autocast::is_autocast_enabled(device) ? at::autocast::get_autocast_dtype(device) : x.scalar_type();
}

}  // namespace

Padding same_padding(int64_t size, int64_t kernel, int64_t stride) {
  const int64_t total = std::max<int64_t>((same_output_size(size, stride) - 1) * stride + kernel - size, 0);
  const int64_t before = total / 2;
  return {before, total - before, before, total - before};
}

int64_t same_output_size(int64_t size, int64_t stride) { return (size + stride - 1) / stride; }

ConvolutionImpl::ConvolutionImpl(const ConvolutionOptions& options) : options_(options) {
  const Padding& pad = options_.padding;
  pads_apart_ = pad.left != pad.right || pad.top != pad.bottom;
  const int64_t kernel = options_.kernel;
  weight =
      register_parameter("weight", at::empty({options_.out_channels, options_.in_channels / options_.groups, kernel, kernel}));
  if (options_.bias) bias = register_parameter("bias", at::empty({options_.out_channels}));
}

Tensor ConvolutionImpl::forward(const Tensor& x) {
  if (const auto* ready = prepared(x, nullptr)) return ready->forward(x.to(compute_type(x)), cpu::kIdentity);
  return forward_plain(x);
}

Tensor ConvolutionImpl::forward_norm_act(const Tensor& x, const ops::BatchNorm& norm, ops::Activation activation) {
  if (const auto* ready = prepared(x, &norm)) return ready->forward(x.to(compute_type(x)), activation);
  return ops::batch_norm_act(forward_plain(x), norm, activation);
}

Tensor ConvolutionImpl::forward_upsampled_norm_act(const Tensor& x, const ops::BatchNorm& norm, ops::Activation activation) {
  if (const auto* ready = prepared(x, &norm)) return ready->forward_upsampled(x.to(compute_type(x)), activation);
  const auto type = compute_type(x);
  const Tensor y = ops::winograd_pays(x, type, weight, options_.stride, options_.padding.top, /*upsampled=*/true)
                       ? ops::winograd_conv2d(x.to(type), weight, bias, /*upsampled=*/true)
                       : forward_plain(ops::plain::upsample_nearest2x(x));
  return ops::batch_norm_act(y, norm, activation);
}

Tensor ConvolutionImpl::forward_gated(const Tensor& x, const Tensor& gate, const ops::BatchNorm& norm, const Tensor& residual) {
  const bool alike = !residual.defined() || (ops::fast(residual) && residual.scalar_type() == compute_type(x));
  const auto* ready = prepared(x, &norm);
  if (ready && alike) return ready->forward(x.to(compute_type(x)), cpu::kIdentity, residual, gate);
  const Tensor y = forward_plain(ops::gated(x, gate));
  return residual.defined() ? ops::batch_norm_add(y, norm, residual, {}) : ops::batch_norm_act(y, norm, cpu::kIdentity);
}

const Tensor& ConvolutionImpl::learning_weight() {
  prepared_.reset();
  return weight;
}

const ops::PreparedConv2d* ConvolutionImpl::prepared(const Tensor& x, const ops::BatchNorm* norm) {
  if (at::GradMode::is_enabled()) prepared_.reset();
  const bool wanted = !at::GradMode::is_enabled() && !is_training() && !pads_apart_ && options_.groups == 1 &&
                      ops::PreparedConv2d::pays(weight, options_.stride, options_.padding.top, compute_type(x));
  if (!wanted || !ops::fast(x)) return nullptr;
  decltype(origin_) origin;
  for (const Tensor& tensor : {weight, bias, norm ? norm->weight : Tensor(), norm ? norm->bias : Tensor(),
                               norm ? norm->running_mean : Tensor(), norm ? norm->running_var : Tensor()}) {
    if (tensor.defined()) origin.emplace_back(tensor.const_data_ptr(), tensor._version());
  }
  if (!prepared_ || origin != origin_) {
    prepared_.emplace(weight, bias, norm);
    origin_ = std::move(origin);
  }
  return &*prepared_;
}

Tensor ConvolutionImpl::forward_plain(const Tensor& x) const {
  const Padding& pad = options_.padding;
  const auto type = compute_type(x);
  const ops::WindowOptions windows{options_.kernel, options_.stride, pad.left, pad.right, pad.top, pad.bottom};
  if (options_.groups == 1 && ops::patches_pay(x, type, weight, windows)) {
    return ops::patch_conv2d(x.to(type), weight, bias, windows);
  }
  if (!pads_apart_ && options_.groups == 1 && ops::winograd_pays(x, type, weight, options_.stride, pad.top)) {
    return ops::winograd_conv2d(x.to(type), weight, bias);
  }
  if (ops::pointwise_pays(x, type, weight, options_.stride, pad.top)) {
    return ops::pointwise_conv2d(x.to(type), weight, bias);
  }
  const std::array<int64_t, 2> stride{options_.stride, options_.stride};
  const std::array<int64_t, 2> around{pads_apart_ ? 0 : pad.top, pads_apart_ ? 0 : pad.left};
  const std::array<int64_t, 2> dilation{1, 1};
  const Tensor padded = pads_apart_ ? at::constant_pad_nd(x, {pad.left, pad.right, pad.top, pad.bottom}) : x;
  if (type == at::kBFloat16 && x.is_cpu() && cpu::kernels_enabled() && !cpu::multiplies_bfloat16()) {
    // LibTorch's convolution of bfloat16 is slow where the processor does not multiply it.
    const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
    return at::conv2d(padded.to(at::kFloat), weight, bias, stride, around, dilation, options_.groups).to(type);
  }
  return at::conv2d(padded, weight, bias, stride, around, dilation, options_.groups);
}

Convolution convolution1x1(int64_t in_channels, int64_t out_channels, bool bias) {
  return Convolution(ConvolutionOptions{.in_channels = in_channels, .out_channels = out_channels, .bias = bias});
}

Convolution convolution3x3(int64_t in_channels, int64_t out_channels, bool bias) {
  return Convolution(ConvolutionOptions{
      .in_channels = in_channels, .out_channels = out_channels, .kernel = 3, .bias = bias, .padding = {1, 1, 1, 1}});
}

namespace {

Tensor pad_axis(const Tensor& x, int64_t missing, int64_t length, const std::array<int64_t, 4>& amounts) {
  if (missing == 0) return x;
  return missing < length ? at::reflection_pad2d(x, amounts) : at::replication_pad2d(x, amounts);
}

}  // namespace

Tensor pad_to_multiple(const Tensor& x, int64_t multiple) {
  const int64_t height = x.size(-2), width = x.size(-1);
  const int64_t down = (multiple - height % multiple) % multiple, right = (multiple - width % multiple) % multiple;
  return pad_axis(pad_axis(x, right, width, {0, right, 0, 0}), down, height, {0, 0, 0, down});
}

}  // namespace acinus
