// The transposed convolution of 2×2 windows at stride 2 (Ronneberger's "up-convolution"): twice as high and wide.
#pragma once

#include "core/model/plan.h"

namespace acinus {

// State entries as torch.nn.ConvTranspose2d(in, out, 2, 2) has them.
class UpConvolutionImpl : public nn::Module {
 public:
  UpConvolutionImpl(int64_t in_channels, int64_t out_channels);
  Tensor forward(const Tensor& x);
  Plan::Value describe(Plan& plan, Plan::Value x, const std::string& path) const;

  Tensor weight, bias;  // [in, out, 2, 2], [out]
};
TORCH_MODULE(UpConvolution);

}  // namespace acinus
