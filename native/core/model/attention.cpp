#include "core/model/attention.h"

namespace acinus {

namespace {

// smp wraps its layers in Sequentials; entries are named after the position in them.
std::shared_ptr<nn::Module> holder(std::initializer_list<std::pair<const char*, std::shared_ptr<nn::Module>>> children) {
  auto module = std::make_shared<nn::Module>();
  for (const auto& [name, child] : children) module->register_module(name, child);
  return module;
}

}  // namespace

ScseImpl::ScseImpl(int64_t channels, int64_t reduction) {
  const int64_t squeezed = channels / reduction;
  squeeze_ = convolution1x1(channels, squeezed, true);
  excite_ = convolution1x1(squeezed, channels, true);
  spatial_ = convolution1x1(channels, 1, true);
  register_module("attention", holder({{"cSE", holder({{"1", squeeze_.ptr()}, {"3", excite_.ptr()}})},
                                       {"sSE", holder({{"0", spatial_.ptr()}})}}));
}

ops::ScseWeights ScseImpl::weights() const {
  return {{squeeze_->weight, squeeze_->bias, excite_->weight, excite_->bias}, spatial_->weight, spatial_->bias};
}

Plan::Value ScseImpl::describe(Plan& plan, Plan::Value x, const std::string& path) const {
  const std::string at = path + ".attention.";
  const Plan::Value hidden = plan.apply("relu", plan.convolution(plan.apply("mean", x), at + "cSE.1", *squeeze_));
  const Plan::Value channel = plan.apply("sigmoid", plan.convolution(hidden, at + "cSE.3", *excite_));
  const Plan::Value pixel = plan.apply("sigmoid", plan.convolution(x, at + "sSE.0", *spatial_));
  return plan.add(plan.multiply(x, channel), plan.multiply(x, pixel));
}

}  // namespace acinus
