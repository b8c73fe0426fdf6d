#include "core/ops/recompute.h"

#include <ATen/autocast_mode.h>

#include "core/ops/autocast.h"
#include "core/ops/kept.h"

namespace acinus::ops {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

thread_local bool computing_again = false;

// Enables gradients, and restores the forward pass's autocast, in its scope.
class SecondPass {
 public:
  SecondPass(c10::DeviceType device, bool autocast, at::ScalarType dtype)
      : autocast_(device, autocast, dtype), gradients_(true) {
    computing_again = true;
  }
  ~SecondPass() { computing_again = false; }
  SecondPass(const SecondPass&) = delete;
  SecondPass& operator=(const SecondPass&) = delete;

 private:
  AutocastScope autocast_;
  at::AutoGradMode gradients_;
};

struct KeptBlock {
  Block block;
  bool autocast;
  at::ScalarType dtype;  // of autocast
  std::vector<Tensor> parameters;
};

struct Recomputed : torch::autograd::Function<Recomputed> {
  static Tensor forward(AutogradContext* context, at::TensorList inputs, at::TensorList parameters, const Block& block) {
    const auto device = inputs[0].device().type();
    Tensor y = block(inputs.vec());
    context->save_for_backward(inputs.vec());
    keep(context, KeptBlock{block, at::autocast::is_autocast_enabled(device), at::autocast::get_autocast_dtype(device),
                            parameters.vec()});
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
      const SecondPass pass(inputs[0].device().type(), kept.autocast, kept.dtype);
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
