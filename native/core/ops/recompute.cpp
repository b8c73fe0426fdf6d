#include "core/ops/recompute.h"

#include <ATen/autocast_mode.h>

#include "core/ops/nhwc.h"

namespace acinus::ops {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

thread_local bool computing_again = false;

struct Autocast {
  bool enabled;
  at::ScalarType type;

  static Autocast current(c10::DeviceType device) {
    return {at::autocast::is_autocast_enabled(device), at::autocast::get_autocast_dtype(device)};
  }
  void set(c10::DeviceType device) const {
    at::autocast::set_autocast_enabled(device, enabled);
    at::autocast::set_autocast_dtype(device, type);
  }
};

// Gradients on, autocast as it was in the forward pass, for as long as the object lives.
class SecondPass {
 public:
  SecondPass(const Autocast& autocast, c10::DeviceType device)
      : device_(device), before_(Autocast::current(device)), gradients_(true) {
    computing_again = true;
    autocast.set(device_);
    at::autocast::increment_nesting();
  }
  ~SecondPass() {
    // The outermost scope drops the cast copies of the weights.
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    before_.set(device_);
    computing_again = false;
  }
  SecondPass(const SecondPass&) = delete;
  SecondPass& operator=(const SecondPass&) = delete;

 private:
  c10::DeviceType device_;
  Autocast before_;
  at::AutoGradMode gradients_;
};

struct KeptBlock {
  Block block;
  Autocast autocast;
  std::vector<Tensor> parameters;
};

struct Recomputed : torch::autograd::Function<Recomputed> {
  static Tensor forward(AutogradContext* context, at::TensorList inputs, at::TensorList parameters, const Block& block) {
    const auto device = inputs[0].device().type();
    Tensor y = block(inputs.vec());
    context->save_for_backward(inputs.vec());
    keep(context, KeptBlock{block, Autocast::current(device), parameters.vec()});
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto& kept = ops::kept<KeptBlock>(context);
    variable_list inputs, wanted;
    for (const Tensor& saved : context->get_saved_variables()) {
      inputs.push_back(saved.detach().requires_grad_(saved.requires_grad()));
    }
    variable_list all = inputs;
    all.insert(all.end(), kept.parameters.begin(), kept.parameters.end());
    std::copy_if(all.begin(), all.end(), std::back_inserter(wanted), [](const Tensor& x) { return x.requires_grad(); });
    Tensor y;
    {
      const SecondPass pass(kept.autocast, inputs[0].device().type());
      y = kept.block(inputs);
    }
    variable_list found = torch::autograd::grad({y}, wanted, {gradients[0]}, /*retain_graph=*/false, /*create_graph=*/false,
                                                /*allow_unused=*/true);
    variable_list out;
    auto next = found.begin();
    for (const Tensor& tensor : all) out.push_back(tensor.requires_grad() ? std::move(*next++) : Tensor());
    out.emplace_back();  // of the block
    return out;
  }
};

}  // namespace

Tensor recomputed(const std::vector<Tensor>& inputs, const std::vector<Tensor>& parameters, Block block) {
  if (!at::GradMode::is_enabled()) return block(inputs);
  return Recomputed::apply(at::TensorList(inputs), at::TensorList(parameters), block);
}

bool recomputing() { return computing_again; }

}  // namespace acinus::ops
