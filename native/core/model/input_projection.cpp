#include "core/model/input_projection.h"

#include "core/error.h"
#include "core/model/initialise.h"

namespace acinus {

InputProjectionImpl::InputProjectionImpl(int64_t width) {
  conv1_ = convolution3x3(4, width, false);
  conv2_ = convolution1x1(width, 3, true);
  register_module("conv1", conv1_);
  norm_ = register_module("norm", CountedNorm(nn::BatchNorm2dOptions(width)));
  register_module("conv2", conv2_);
}

Tensor InputProjectionImpl::forward(const Tensor& x) {
  const ops::BatchNorm norm = norm_->view();
  return conv2_(conv1_->forward(x, {.norm = &norm, .activation = ops::Activation::kRelu}));
}

Plan::Value InputProjectionImpl::describe(Plan& plan, Plan::Value x, const std::string& path) const {
  const Plan::Value hidden = plan.convolution(x, path + ".conv1", *conv1_, path + ".norm", *norm_);
  return plan.convolution(plan.apply("relu", hidden), path + ".conv2", *conv2_);
}

void InputProjectionImpl::initialise(ProjectionInit init, at::Generator& generator) {
  initialise_kaiming(*this, generator);
  if (init == ProjectionInit::kKaiming) return;
  const torch::NoGradGuard no_grad;
  const int64_t pairs = 3;
  if (conv1_->weight.size(0) < 2 * pairs)
    throw Error("ACINUS_CONFIG", "projectionInit \"identity\" needs a projectionWidth of at least 6.");
  conv2_->weight.zero_();
  for (int64_t color = 0; color < pairs; ++color) {
    for (const int64_t sign : {1, -1}) {
      const int64_t hidden = 2 * color + (sign > 0 ? 0 : 1);
      Tensor kernel = conv1_->weight[hidden];
      kernel.zero_();
      kernel[color][1][1] = sign;
      conv2_->weight[color][hidden][0][0] = sign;
      norm_->weight[hidden] = std::sqrt(1.0 + norm_->options.eps());  // undoes the division by √(1 + ε)
    }
  }
}

}  // namespace acinus
