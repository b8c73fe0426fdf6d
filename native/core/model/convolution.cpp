#include "core/model/convolution.h"

#include <algorithm>

namespace acinus {

Padding same_padding(int64_t size, int64_t kernel, int64_t stride) {
  const int64_t total = std::max<int64_t>((same_output_size(size, stride) - 1) * stride + kernel - size, 0);
  const int64_t before = total / 2;
  return {before, total - before, before, total - before};
}

int64_t same_output_size(int64_t size, int64_t stride) { return (size + stride - 1) / stride; }

ConvolutionImpl::ConvolutionImpl(const ConvolutionOptions& options) : options_(options) {
  const int64_t kernel = options_.kernel;
  weight =
      register_parameter("weight", at::empty({options_.out_channels, options_.in_channels / options_.groups, kernel, kernel}));
  if (options_.bias) bias = register_parameter("bias", at::empty({options_.out_channels}));
}

Tensor ConvolutionImpl::forward(const Tensor& x, const ops::Conv2dSurroundings& around) {
  return ops::conv2d(x, view(), around);
}

ops::Conv2d ConvolutionImpl::view() { return {weight, bias, windows(), options_.groups, is_training() ? nullptr : &prepared_}; }

ops::WindowOptions ConvolutionImpl::windows() const {
  const auto& [left, right, top, bottom] = options_.padding;
  return {options_.kernel, options_.stride, left, right, top, bottom, options_.dilation};
}

Convolution convolution1x1(int64_t in_channels, int64_t out_channels, bool bias) {
  return Convolution(ConvolutionOptions{.in_channels = in_channels, .out_channels = out_channels, .bias = bias});
}

Convolution convolution3x3(int64_t in_channels, int64_t out_channels, bool bias) {
  return Convolution(ConvolutionOptions{
      .in_channels = in_channels, .out_channels = out_channels, .kernel = 3, .bias = bias, .padding = {1, 1, 1, 1}});
}

Convolution dilated_convolution3x3(int64_t in_channels, int64_t out_channels, int64_t dilation) {
  return Convolution(ConvolutionOptions{.in_channels = in_channels,
                                        .out_channels = out_channels,
                                        .kernel = 3,
                                        .padding = {dilation, dilation, dilation, dilation},
                                        .dilation = dilation});
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
