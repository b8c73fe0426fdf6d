#include "core/model/aspp.h"

#include <algorithm>

namespace acinus {

namespace {

// A convolution → norm → ReLU.
class AsppBranchImpl : public nn::Module {
 public:
  AsppBranchImpl(Convolution convolution, int64_t out_channels) {
    conv_ = register_module("0", std::move(convolution));
    norm_ = register_module("1", CountedNorm(nn::BatchNorm2dOptions(out_channels)));
  }

  Tensor forward(const Tensor& x) {
    const ops::BatchNorm norm = norm_->view();
    return conv_->forward(x, {.norm = &norm, .activation = ops::Activation::kRelu});
  }

  Plan::Value describe(Plan& plan, Plan::Value x, const std::string& path) const {
    return plan.apply("relu", plan.convolution(x, path + ".0", *conv_, path + ".1", *norm_));
  }

 private:
  Convolution conv_{nullptr};
  CountedNorm norm_{nullptr};
};
TORCH_MODULE(AsppBranch);

class Aspp : public Bottleneck {
 public:
  Aspp(int64_t channels, const std::vector<int64_t>& rates) {
    const int64_t inside = std::max<int64_t>(1, channels / 4);
    const auto list = register_module("convs", std::make_shared<nn::Module>());
    const auto add = [&](Convolution convolution) {
      const std::string name = std::to_string(branches_.size());
      branches_.push_back(list->register_module(name, AsppBranch(std::move(convolution), inside)));
    };
    add(convolution1x1(channels, inside, false));
    for (const int64_t rate : rates) add(dilated_convolution3x3(channels, inside, rate));
    // torchvision has the pooling at place 0 of this branch.
    const auto pooled = list->register_module(std::to_string(branches_.size()), std::make_shared<nn::Module>());
    pooled_ = pooled->register_module("1", convolution1x1(channels, inside, true));
    const auto all = static_cast<int64_t>(branches_.size() + 1) * inside;
    project_ = register_module("project", AsppBranch(convolution1x1(all, channels, false), channels));
  }

  Tensor forward(const Tensor& x) override {
    std::vector<Tensor> all;
    for (auto& branch : branches_) all.push_back(branch(x));
    const Tensor pooled = at::relu(pooled_(at::adaptive_avg_pool2d(x, {1, 1})));
    all.push_back(pooled.expand({-1, -1, x.size(2), x.size(3)}));
    return project_(at::cat(all, 1));
  }

  Plan::Value describe(Plan& plan, Plan::Value x, const std::string& path) const override {
    std::vector<Plan::Value> all;
    const std::string list = path + ".convs.";
    for (size_t i = 0; i < branches_.size(); ++i) all.push_back(branches_[i]->describe(plan, x, list + std::to_string(i)));
    const std::string last = list + std::to_string(branches_.size()) + ".1";
    all.push_back(plan.expand(plan.apply("relu", plan.convolution(plan.apply("mean", x), last, *pooled_)), x));
    return project_->describe(plan, plan.concatenate(all, path), path + ".project");
  }

 private:
  std::vector<AsppBranch> branches_;
  Convolution pooled_{nullptr};
  AsppBranch project_{nullptr};
};

}  // namespace

std::shared_ptr<Bottleneck> aspp(int64_t channels, const std::vector<int64_t>& rates) {
  return std::make_shared<Aspp>(channels, rates);
}

}  // namespace acinus
