#include "core/model/up_convolution.h"

namespace acinus {

UpConvolutionImpl::UpConvolutionImpl(int64_t in_channels, int64_t out_channels) {
  weight = register_parameter("weight", at::empty({in_channels, out_channels, 2, 2}));
  bias = register_parameter("bias", at::empty({out_channels}));
}

Tensor UpConvolutionImpl::forward(const Tensor& x) {
  const std::array<int64_t, 2> stride{2, 2};
  return at::conv_transpose2d(x, weight, bias, stride);
}

Plan::Value UpConvolutionImpl::describe(Plan& plan, Plan::Value x, const std::string& path) const {
  return plan.up_convolution(x, path, weight.size(1));
}

}  // namespace acinus
