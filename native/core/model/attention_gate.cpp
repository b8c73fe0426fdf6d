#include "core/model/attention_gate.h"

#include <algorithm>

namespace acinus {

namespace {

class AttentionGate : public SkipGate {
 public:
  AttentionGate(int64_t skip_channels, int64_t gate_channels) {
    const int64_t inside = std::max<int64_t>(1, skip_channels / 2);
    of_gate_ = register_module("g", ConvNorm(gate_channels, inside));
    of_skip_ = register_module("x", ConvNorm(skip_channels, inside));
    psi_ = register_module("psi", ConvNorm(inside, 1));
  }

  Tensor forward(const Tensor& skip, const Tensor& gate) override {
    const Tensor sum = at::relu(of_skip_->forward(skip, of_gate_->forward(gate)));
    return skip * at::sigmoid(psi_->forward(sum));
  }

  Plan::Value describe(Plan& plan, Plan::Value skip, Plan::Value gate, const std::string& path) const override {
    const Plan::Value of_gate = of_gate_->describe(plan, gate, path + ".g");
    const Plan::Value sum = plan.apply("relu", plan.add(of_skip_->describe(plan, skip, path + ".x"), of_gate));
    return plan.multiply(skip, plan.apply("sigmoid", psi_->describe(plan, sum, path + ".psi")));
  }

 private:
  ConvNorm of_gate_{nullptr}, of_skip_{nullptr}, psi_{nullptr};
};

}  // namespace

std::shared_ptr<SkipGate> attention_gate(int64_t skip_channels, int64_t gate_channels) {
  return std::make_shared<AttentionGate>(skip_channels, gate_channels);
}

}  // namespace acinus
